//! The jobs that programs are tried with beside the presets: each has something that no preset has.

/// Scenarios beside the presets, by what is special about them.
pub const SPECIAL: &[(&str, &str)] = &[
    (
        "several groups, an answer worked on, a blocking fetch, counters, a file, a seed of 64 bits",
        r#"{"lanes_scenario":1,"title":"Groups","seed":"18446744073709551615","workers":3,"chunk":2,"groups":[
        {"name":"web pages","tasks":7,"steps":[
            {"fetch":{"latency_ms":5,"spread":"heavy","bytes":3000}},{"compute":{"kernel":"wordcount","input":"body"}},
            {"fetch":{"latency_ms":3,"bytes":101,"blocking":true}},{"compute":{"kernel":"sort","input":"body"}}]},
        {"name":"class","tasks":5,"steps":[
            {"compute":{"kernel":"primes","size":2000,"spread":"heavy"}},{"bump":{"times":100}},
            {"compute":{"kernel":"pi","size":3000,"spread":"uniform"}}]},
        {"name":"","tasks":3,"steps":[
            {"compute":{"kernel":"sha256","input":"file"}},{"bump":{"times":100,"guard":"atomic"}},
            {"compute":{"kernel":"wordcount","input":"file"}}]}]}"#,
    ),
    (
        "every kernel, heavy-tailed, a seed past 2^53",
        r#"{"lanes_scenario":1,"title":"Kernels","seed":"9007199254740993","groups":[{"tasks":4,"steps":[
            {"compute":{"kernel":"primes","size":900,"spread":"heavy"}},
            {"compute":{"kernel":"mandelbrot","size":20,"spread":"heavy"}},
            {"compute":{"kernel":"sha256","size":3,"spread":"heavy"}},
            {"compute":{"kernel":"wordcount","size":5001,"spread":"heavy"}},
            {"compute":{"kernel":"matmul","size":9,"spread":"heavy"}},
            {"compute":{"kernel":"sort","size":501,"spread":"heavy"}},
            {"compute":{"kernel":"pi","size":700,"spread":"heavy"}},
            {"compute":{"kernel":"primes","size":1}}]}]}"#,
    ),
    (
        "primes alone",
        r#"{"lanes_scenario":1,"groups":[{"tasks":3,"steps":[{"compute":{"kernel":"primes","size":3}}]}]}"#,
    ),
    (
        "one step on a file",
        r#"{"lanes_scenario":1,"title":"1 file","workers":1,"groups":[{"tasks":1,"steps":[
            {"compute":{"kernel":"wordcount","input":"file"}}]}]}"#,
    ),
    (
        "three kernels on shares of a file",
        r#"{"lanes_scenario":1,"groups":[{"tasks":7,"steps":[{"compute":{"kernel":"sort","input":"file"}},
            {"compute":{"kernel":"wordcount","input":"file"}},{"compute":{"kernel":"sha256","input":"file"}}]}]}"#,
    ),
    (
        "more tasks than bytes",
        r#"{"lanes_scenario":1,"groups":[{"tasks":3100,"steps":[{"compute":{"kernel":"sha256","input":"file"}}]}]}"#,
    ),
    (
        "two fetches, one of nothing",
        r#"{"lanes_scenario":1,"groups":[{"tasks":5,"steps":[{"bump":{"times":3,"guard":"gil"}},
            {"fetch":{"latency_ms":0,"bytes":0}},{"fetch":{"latency_ms":0.3,"bytes":77}},
            {"compute":{"kernel":"sha256","input":"body"}}]}]}"#,
    ),
    (
        "tasks that come over time, beside some that are there",
        r#"{"lanes_scenario":2,"workers":2,"chunk":3,"groups":[
            {"name":"asked","tasks":40,"arrive":{"rate_per_s":600,"spread":"heavy"},"steps":[{"fetch":{"latency_ms":1,"bytes":30}}]},
            {"name":"there","tasks":7,"steps":[{"compute":{"kernel":"primes","size":50}}]},
            {"name":"uneven","tasks":15,"arrive":{"every_ms":3.3,"spread":"uniform"},"steps":[{"compute":{"kernel":"pi","size":50}}]}]}"#,
    ),
    (
        "tasks that come over time, one group alone",
        r#"{"lanes_scenario":2,"concurrency":3,"groups":[
            {"tasks":200,"arrive":{"rate_per_s":3000,"spread":"uniform"},"steps":[{"compute":{"kernel":"primes","size":50}}]}]}"#,
    ),
    (
        "stages",
        r#"{"lanes_scenario":2,"chunk":2,"groups":[
            {"name":"a","tasks":5,"steps":[{"compute":{"kernel":"primes","size":50}}]},
            {"name":"b","tasks":6,"after":"a","steps":[{"fetch":{"latency_ms":2,"bytes":30}}]},
            {"name":"c","tasks":4,"steps":[{"fetch":{"latency_ms":1,"bytes":9}}]},
            {"name":"d","tasks":3,"after":"b","steps":[{"compute":{"kernel":"pi","size":50}}]}]}"#,
    ),
    (
        "a stage behind tasks that come over time",
        r#"{"lanes_scenario":2,"workers":3,"concurrency":2,"groups":[
            {"name":"a","tasks":9,"arrive":{"every_ms":2},"steps":[{"fetch":{"latency_ms":2,"bytes":30}}]},
            {"name":"b","tasks":6,"after":"a","steps":[{"compute":{"kernel":"pi","size":50}}]}]}"#,
    ),
    (
        "waits that keep the lock, hashes that hold it for a share",
        r#"{"lanes_scenario":2,"workers":3,"groups":[{"tasks":7,"steps":[{"fetch":{"latency_ms":2,"bytes":300,"keeps_lock":true}},
            {"compute":{"kernel":"sha256","size":10,"holds_lock":0.3}},{"compute":{"kernel":"sha256","input":"body","holds_lock":1}},
            {"fetch":{"latency_ms":1,"bytes":70000,"spread":"heavy"}},{"compute":{"kernel":"sha256","input":"body"}}]}]}"#,
    ),
    (
        "Python code that is to let go of the lock, one wait that keeps it",
        r#"{"lanes_scenario":2,"workers":2,"groups":[{"tasks":5,"steps":[{"compute":{"kernel":"pi","size":300,"holds_lock":0.5}},
            {"fetch":{"latency_ms":1,"bytes":30,"keeps_lock":true,"spread":"uniform"}}]}]}"#,
    ),
    (
        "a server with every limit, asked by one kind of fetch",
        r#"{"lanes_scenario":2,"workers":3,"concurrency":7,"server":{"capacity":2,"full":"refuse","rate_per_s":300,"burst":3,
            "errors":0.2,"bandwidth_mbit":20,"connect_ms":1,"slows":0.5},"groups":[{"tasks":9,"steps":[
            {"fetch":{"latency_ms":2,"bytes":70,"retries":10,"backoff_ms":3}}]}]}"#,
    ),
    (
        "a server with every limit, asked by several kinds of fetches",
        r#"{"lanes_scenario":2,"workers":3,"concurrency":7,"server":{"capacity":3,"full":"refuse","rate_per_s":400,"burst":9,
            "errors":0.1,"bandwidth_mbit":30,"connect_ms":1,"keep_alive":false,"slows":0.5},"groups":[
            {"name":"a","tasks":5,"steps":[{"fetch":{"latency_ms":2,"bytes":70,"retries":10,"backoff_ms":3}},
                {"fetch":{"latency_ms":1,"bytes":7,"retries":9,"backoff_ms":5,"blocking":true}}]},
            {"name":"b","tasks":4,"steps":[{"fetch":{"latency_ms":2,"bytes":70,"retries":10,"timeout_ms":3000}}]}]}"#,
    ),
    (
        "a server that queues and slows down",
        r#"{"lanes_scenario":2,"workers":3,"concurrency":7,"server":{"slows":0.5},"groups":[{"tasks":9,"steps":[
            {"fetch":{"latency_ms":2,"bytes":70}},{"fetch":{"latency_ms":1,"blocking":true}}]}]}"#,
    ),
    (
        "a link",
        r#"{"lanes_scenario":2,"workers":3,"concurrency":7,"server":{"bandwidth_mbit":5},"groups":[{"tasks":9,"steps":[
            {"fetch":{"latency_ms":2,"bytes":70,"timeout_ms":60000}}]}]}"#,
    ),
    (
        "a late fetch that blocks",
        r#"{"lanes_scenario":1,"concurrency":2,"groups":[{"tasks":5,"steps":[{"compute":{"kernel":"mandelbrot","size":5}},
            {"fetch":{"latency_ms":1,"bytes":30,"blocking":true,"spread":"uniform"}}]}]}"#,
    ),
    (
        "data of every shape, in and out, over several steps and groups, beside a file",
        r#"{"lanes_scenario":1,"workers":2,"groups":[{"tasks":7,"steps":[{"fetch":{"latency_ms":1,"bytes":64}},
            {"compute":{"kernel":"primes","size":900,"bytes_in":70001,"bytes_out":33}},
            {"compute":{"kernel":"pi","size":900,"bytes_in":4000,"bytes_out":90000,"shape":"numbers"}}]},
            {"tasks":5,"steps":[{"compute":{"kernel":"wordcount","input":"file","bytes_in":70000,"bytes_out":1607,
            "shape":"objects"}}]}, {"tasks":3,"steps":[{"compute":{"size":800}}]}]}"#,
    ),
    (
        "data in chunks",
        r#"{"lanes_scenario":1,"workers":2,"chunk":4,"groups":[{"tasks":21,"steps":[
            {"compute":{"kernel":"primes","size":900,"bytes_in":300000}}]}]}"#,
    ),
    (
        "numbers out, of tasks that may fail",
        r#"{"lanes_scenario":1,"workers":2,"seed":2,"groups":[{"tasks":9,"steps":[
            {"fetch":{"latency_ms":1,"bytes":64,"timeout_ms":9,"spread":"heavy"}},
            {"compute":{"kernel":"primes","size":900,"bytes_out":100000,"shape":"numbers"}}]}]}"#,
    ),
    (
        "data of tasks that come over time and may fail, and of a stage behind them",
        r#"{"lanes_scenario":2,"workers":2,"chunk":3,"concurrency":3,"groups":[
            {"name":"a","tasks":9,"arrive":{"every_ms":2},"steps":[
                {"fetch":{"latency_ms":1,"bytes":30,"timeout_ms":9,"spread":"heavy"}},
                {"compute":{"kernel":"primes","size":50,"bytes_in":4000,"bytes_out":800,"shape":"objects"}}]},
            {"name":"b","tasks":6,"after":"a","steps":[
                {"compute":{"kernel":"pi","size":50,"bytes_in":70000,"bytes_out":9}}]},
            {"name":"c","tasks":4,"steps":[{"fetch":{"latency_ms":1,"bytes":9}}]}]}"#,
    ),
    (
        "data of tasks that come over time, one group alone",
        r#"{"lanes_scenario":2,"workers":2,"chunk":4,"groups":[
            {"tasks":50,"arrive":{"rate_per_s":3000,"spread":"uniform"},"steps":[
                {"compute":{"kernel":"primes","size":50,"bytes_in":70000,"bytes_out":500,"shape":"numbers"}}]}]}"#,
    ),
    (
        "workers that wait first, of a job that fetches and takes up memory",
        r#"{"lanes_scenario":2,"workers":2,"setup":{"ms":5},"groups":[
            {"tasks":7,"memory_mb":1.5,"steps":[{"fetch":{"latency_ms":1,"bytes":64}},{"compute":{"size":900}}]},
            {"tasks":4,"steps":[{"fetch":{"latency_ms":2,"bytes":64,"blocking":true}}]}]}"#,
    ),
    (
        "workers that compute first, with the kernel of the job and without a network",
        r#"{"lanes_scenario":2,"workers":2,"setup":{"compute":{"kernel":"sort","size":500}},"groups":[
            {"tasks":9,"steps":[{"compute":{"kernel":"sort","size":300,"spread":"heavy"}}]}]}"#,
    ),
    (
        "workers that hash first, of tasks that come over time and of a stage",
        r#"{"lanes_scenario":2,"workers":2,"setup":{"compute":{"kernel":"sha256","size":3}},"groups":[
            {"name":"a","tasks":9,"arrive":{"every_ms":2},"steps":[{"fetch":{"latency_ms":1,"bytes":30}}]},
            {"name":"b","tasks":5,"after":"a","memory_mb":0.5,"steps":[
                {"compute":{"kernel":"sha256","size":2,"holds_lock":0.5}}]}]}"#,
    ),
    (
        "workers that compute first, of a job that works on a file",
        r#"{"lanes_scenario":2,"workers":2,"setup":{"compute":{"kernel":"pi","size":50}},"groups":[
            {"tasks":5,"steps":[{"compute":{"kernel":"wordcount","input":"file"}}]}]}"#,
    ),
    (
        "data of stages, in chunks",
        r#"{"lanes_scenario":2,"workers":2,"chunk":2,"groups":[
            {"name":"a","tasks":7,"steps":[{"compute":{"kernel":"primes","size":50,"bytes_out":70000}}]},
            {"name":"b","tasks":5,"after":"a","steps":[{"compute":{"kernel":"pi","size":50,"bytes_in":70000}}]}]}"#,
    ),
];
