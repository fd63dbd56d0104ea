//! How fast the browser's lanes are, as ratios in one run, in the built page in a real browser. Prints Markdown.
//!
//! Not a test: a busy machine makes these figures worse without anything being wrong.

use lanes_core::kernels::Kernel;
use lanes_tests::{
    browser::{Browser, scenario},
    hosts::{Manners, page},
};
use serde_json::{Value, json};
use strum::IntoEnumIterator;

#[tokio::main]
async fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    println!("| experiment | lane | median | ± | against sequential |\n| --- | --- | ---: | ---: | ---: |");

    let mut crunch = scenario(48, json!([{ "compute": { "kernel": "primes", "size": 400_000 } }]));
    crunch["repeats"] = 5.into();
    crunch["warmup"] = 2.into();
    table("crunch: 48 × primes below 400,000, 2 workers", &browser.run(&crunch).await.expect("runs"));

    for kernel in Kernel::iter() {
        let name = kernel.to_string();
        let mut one = scenario(40, json!([{ "compute": { "kernel": name } }]));
        one["lanes"] = json!(["browser/sequential"]);
        one["repeats"] = 5.into();
        one["warmup"] = 2.into();
        table(&format!("40 × {name}, as it is by default"), &browser.run(&one).await.expect("runs"));
    }

    let mut requests = scenario(100, json!([{ "fetch": { "latency_ms": 50 } }]));
    requests["concurrency"] = 100.into();
    requests["workers"] = 16.into();
    requests["repeats"] = 3.into();
    requests["warmup"] = 1.into();
    table("100 simulated requests of 50 ms, concurrency 100, 16 workers", &browser.run(&requests).await.expect("runs"));

    let mut tiny = scenario(100_000, json!([{ "compute": { "kernel": "primes", "size": 30 } }]));
    tiny["repeats"] = 3.into();
    tiny["warmup"] = 1.into();
    let watch = "(window.longTasks = [], new PerformanceObserver((list) => window.longTasks.push( \
        ...list.getEntries().map((entry) => Math.round(entry.duration)))).observe({ entryTypes: ['longtask'] }), true)";
    browser.value(watch).await;
    table("100,000 tiny tasks, 2 workers", &browser.run(&tiny).await.expect("runs"));
    let tasks = browser.value("window.longTasks").await;
    println!("\nTasks of the page's main thread longer than 50 ms while 100,000 tiny tasks ran 24 times: {tasks}");

    println!("\n| cancelled in the middle of computing | ms until the next run can start |\n| --- | ---: |");
    for lane in ["sequential", "async", "threads", "gil", "processes", "hybrid"] {
        let mut long = scenario(2000, json!([{ "compute": { "kernel": "primes", "size": 20_000_000 } }]));
        long["lanes"] = json!([format!("browser/{lane}")]);
        browser.start_run(&long).await;
        browser.until("!window.lanes.idle && document.querySelector('html').dataset.idle === 'false'").await;
        let script = "const done = arguments[arguments.length - 1]; const start = performance.now(); window.lanes.cancel(); \
            const look = () => window.lanes.idle ? done(performance.now() - start) : setTimeout(look, 1); look();";
        let ms = browser.driver.execute_async(script, Vec::new()).await.expect("runs");
        println!("| {lane} | {:.0} |", ms.json().as_f64().unwrap_or_default());
    }
}

fn table(experiment: &str, result: &Value) {
    for lane in result["lanes"].as_array().expect("lanes") {
        let ms = |key: &str| lane[key].as_f64().unwrap_or_default() / 1e6;
        println!(
            "| {experiment} | {} | {:.1} ms | {:.1} ms | {:.2}× |",
            lane["lane"].as_str().unwrap_or_default(),
            ms("median_ns"),
            ms("mad_ns"),
            lane["speedup"].as_f64().unwrap_or_default(),
        );
    }
}
