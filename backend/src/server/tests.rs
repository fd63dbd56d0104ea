//! Who is let in and who is not, and what is answered to requests that make no sense; without a socket. What only a
//! whole program shows is in `tests/server/`.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, Method, StatusCode},
    routing::any,
};
use lanes_core::api;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{
    app::{HEADERS, app, guarded},
    content_security_policy,
    endpoint::{Defaults, Endpoint},
    files::{self, Files},
    guard::Guard,
    listen::MAX_HEAD,
    offers::Offers,
    pages,
    state::Server,
    token::Token,
};
use crate::runner::Options;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const BEARER: &str = "Bearer 0123456789abcdef0123456789abcdef";

fn guard() -> Guard {
    Guard::new(Token::chosen(TOKEN).expect("long enough"))
}

fn whole() -> Router {
    with_pages(Router::new().fallback(|| async { "the page" }))
}

fn with_pages(pages: Router) -> Router {
    app(
        &Arc::new(Server::new(Options::default(), Offers::default())),
        guard(),
        Endpoint::new(Defaults::default()),
        pages,
    )
}

/// A built page with an inline script, and the server of it.
fn with_built_page() -> (tempfile::TempDir, Router) {
    let dist = tempfile::tempdir().expect("a folder");
    let html = "<!doctype html><html><head><script>alert(1)</script><script src=\"a.js\"></script></head></html>";
    fs::write(dist.path().join("index.html"), html).expect("written");
    fs::write(dist.path().join("a.js"), "go()").expect("written");
    let pages = pages::pages(Some(dist.path())).expect("there is one");
    (dist, with_pages(pages))
}

fn request(method: &Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request {
    let mut request = axum::http::Request::builder().method(method.clone()).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).expect("a request")
}

async fn ask(app: &Router, request: Request) -> (StatusCode, HeaderMap, String) {
    let answer = app.clone().oneshot(request).await.expect("infallible");
    let (head, body) = answer.into_parts();
    let bytes = to_bytes(body, 1 << 20).await.expect("short");
    (head.status, head.headers, String::from_utf8_lossy(&bytes).into_owned())
}

/// What the page itself sends, with some header fields changed.
fn with<'h>(changes: &[(&'h str, &'h str)]) -> Vec<(&'h str, &'h str)> {
    let own = [
        ("host", "127.0.0.1:8080"),
        ("origin", "http://127.0.0.1:8080"),
        ("sec-fetch-site", "same-origin"),
        ("authorization", BEARER),
    ];
    let is_changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
    let kept = own.into_iter().filter(|(name, _)| !is_changed(name));
    kept.chain(changes.iter().copied().filter(|(_, value)| *value != "(absent)")).collect()
}

#[tokio::test]
async fn nobody_gets_to_a_handler_who_may_not() {
    static REACHED: AtomicUsize = AtomicUsize::new(0);
    let probe = || async {
        REACHED.fetch_add(1, Relaxed);
    };
    let app = guarded(Router::new().route("/api/runs", any(probe)), Router::new().fallback(any(probe)), guard());
    let methods =
        [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS];

    // The header that is changed, and whether the page's own files may be had all the same.
    let hostile: &[(&[(&str, &str)], bool)] = &[
        // A name that was rebound to this machine, and everything that looks like one of ours.
        (&[("host", "evil.example")], false),
        (&[("host", "evil.example:8080"), ("origin", "http://evil.example:8080")], false),
        (&[("host", "127.0.0.1.evil.example")], false),
        (&[("host", "localhost.evil.example")], false),
        (&[("host", "localhost.")], false),
        (&[("host", "127.0.0.1@evil.example")], false),
        (&[("host", "evil.example@127.0.0.1")], false),
        (&[("host", "0.0.0.0:8080")], false),
        (&[("host", "[::ffff:127.0.0.1]")], false),
        (&[("host", "192.168.0.7")], false),
        (&[("host", "127.0.0.1 evil.example")], false),
        (&[("host", "")], false),
        (&[("host", "(absent)")], false),
        (&[("host", "127.0.0.1"), ("host", "127.0.0.1")], false),
        // The same behind a proxy.
        (&[("x-forwarded-host", "evil.example")], false),
        (&[("x-forwarded-host", "127.0.0.1:8080, evil.example")], false),
        (&[("x-forwarded-host", "127.0.0.1:8080"), ("x-forwarded-host", "evil.example")], false),
        (&[("x-forwarded-host", "")], false),
        // Another site's page.
        (&[("origin", "https://evil.example")], true),
        (&[("origin", "null")], true),
        (&[("origin", "file://")], true),
        (&[("origin", "http://127.0.0.1:3000")], true),
        (&[("origin", "http://127.0.0.1")], true),
        (&[("origin", "http://localhost:8080")], true),
        (&[("origin", "http://127.0.0.1:8080.evil.example")], true),
        (&[("origin", "http://127.0.0.1:8080"), ("origin", "http://evil.example")], true),
        (&[("origin", "")], true),
        (&[("sec-fetch-site", "cross-site")], true),
        (&[("sec-fetch-site", "same-site")], true),
        (&[("sec-fetch-site", "")], true),
        (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], true),
        (&[("origin", "(absent)"), ("sec-fetch-site", "cross-site")], true),
        // Without the secret.
        (&[("authorization", "(absent)")], true),
        (&[("authorization", "")], true),
        (&[("authorization", "Bearer")], true),
        (&[("authorization", "Bearer ")], true),
        (&[("authorization", "Bearer 0123456789abcdef0123456789abcdee")], true),
        (&[("authorization", "Bearer 0123456789abcdef")], true),
        (&[("authorization", "Bearer 0123456789abcdef0123456789abcdef0")], true),
        (&[("authorization", "Basic 0123456789abcdef0123456789abcdef")], true),
        (&[("authorization", TOKEN)], true),
        (&[("authorization", BEARER), ("authorization", BEARER)], true),
    ];
    for (changes, may_see_pages) in hostile {
        for method in &methods {
            let (status, ..) = ask(&app, request(method, "/api/runs", &with(changes), "")).await;
            assert!(status.is_client_error(), "{method} with {changes:?}: {status}");
            let (status, ..) = ask(&app, request(method, "/index.html", &with(changes), "")).await;
            assert_eq!(status.is_success(), *may_see_pages, "page, {method} with {changes:?}: {status}");
        }
    }
    // The page's files are all that was reached.
    let pages = hostile.iter().filter(|(_, may_see_pages)| *may_see_pages).count() * methods.len();
    assert_eq!(REACHED.swap(0, Relaxed), pages);

    let own: &[&[(&str, &str)]] = &[
        &[],
        &[("host", "localhost:8080"), ("origin", "http://localhost:8080")],
        &[("host", "LOCALHOST:8080"), ("origin", "http://localhost:8080")],
        &[("host", "[::1]:8080"), ("origin", "http://[::1]:8080")],
        // Programs send neither; the address bar sends `none`.
        &[("origin", "(absent)"), ("sec-fetch-site", "(absent)")],
        &[("origin", "(absent)"), ("sec-fetch-site", "none")],
        // Through Trunk's proxy.
        &[("host", "127.0.0.1:8081"), ("x-forwarded-host", "127.0.0.1:8080")],
        &[("host", "127.0.0.2:8080"), ("origin", "http://127.0.0.2:8080")],
        &[("authorization", "bearer 0123456789abcdef0123456789abcdef")],
    ];
    for changes in own {
        for method in &methods {
            let (status, ..) = ask(&app, request(method, "/api/runs", &with(changes), "")).await;
            assert!(status.is_success(), "{method} with {changes:?}: {status}");
        }
    }
    assert_eq!(REACHED.load(Relaxed), own.len() * methods.len());
}

#[tokio::test]
async fn an_address_in_the_request_line_is_a_host_too() {
    let app = whole();
    let status = |uri: &'static str| {
        let app = app.clone();
        async move { ask(&app, request(&Method::GET, uri, &with(&[]), "")).await.0 }
    };
    assert_eq!(status("http://evil.example/api/").await, StatusCode::FORBIDDEN);
    assert_eq!(status("http://127.0.0.1:8080/api/").await, StatusCode::OK);
}

#[tokio::test]
async fn every_answer_isolates_the_page() {
    let app = whole();
    for path in ["/", "/api/", "/api/nowhere", "/nothing"] {
        for headers in [with(&[]), with(&[("authorization", "(absent)")]), with(&[("host", "evil.example")])] {
            let (_, answer, _) = ask(&app, request(&Method::GET, path, &headers, "")).await;
            for (name, value) in HEADERS {
                assert_eq!(answer.get(&name).expect("set"), value, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn every_answer_says_what_it_may_load() {
    let (_dist, app) = with_built_page();
    let policy = |path: &'static str, headers: Vec<(&'static str, &'static str)>| {
        let app = app.clone();
        async move {
            let (_, answer, _) = ask(&app, request(&Method::GET, path, &headers, "")).await;
            let policies: Vec<_> = answer.get_all("content-security-policy").iter().collect();
            let [policy] = &policies[..] else { panic!("{path}: {policies:?}") };
            policy.to_str().expect("text").to_owned()
        }
    };
    let no_token = with(&[("authorization", "(absent)")]);
    let rebound = with(&[("host", "evil.example")]);
    for path in ["/api/", "/api/clock", "/api/body", "/api/nowhere", "/api/runs"] {
        for headers in [with(&[]), no_token.clone(), rebound.clone()] {
            assert_eq!(policy(path, headers).await, content_security_policy::DATA, "{path}");
        }
    }
    for headers in [with(&[]), no_token] {
        for path in ["/", "/index.html"] {
            let policy = policy(path, headers.clone()).await;
            for part in [
                "default-src 'self'",
                "'wasm-unsafe-eval'",
                "worker-src 'self' blob:",
                "connect-src 'self' blob: https: http:",
                "frame-ancestors 'none'",
                "base-uri 'none'",
                "object-src 'none'",
                "form-action 'none'",
                "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='",
            ] {
                assert!(policy.contains(part), "{part} in {policy}");
            }
            let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src")).expect("said");
            assert!(!scripts.contains("unsafe-inline") && !scripts.contains("'unsafe-eval'"), "{scripts}");
        }
        assert!(!policy("/a.js", headers).await.contains("sha256"), "it has no inline script");
    }
    assert_eq!(policy("/", rebound).await, content_security_policy::DATA);
}

#[tokio::test]
async fn the_page_is_told_that_there_is_an_api() {
    let (_dist, app) = with_built_page();
    for path in ["/", "/index.html"] {
        let (status, headers, html) = ask(&app, request(&Method::GET, path, &with(&[]), "")).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers["content-type"], "text/html; charset=utf-8");
        assert!(html.contains("<head><meta name=\"lanes-api\" content=\"1\" /><script>"), "{html}");
    }
    let (_, _, script) = ask(&app, request(&Method::GET, "/a.js", &with(&[]), "")).await;
    assert_eq!(script, "go()", "other files are as they were built");
}

#[tokio::test]
async fn files_that_are_not_there_are_not_found_whoever_asks() {
    let (_dist, built) = with_built_page();
    for app in [built, with_pages(pages::none())] {
        for path in ["/nothing", "/api", "/apis/", "/a/b/c.js", "/..%2f..%2fetc/passwd", "/%00"] {
            for headers in [with(&[]), with(&[("authorization", "(absent)")])] {
                let (status, _, text) = ask(&app, request(&Method::GET, path, &headers, "")).await;
                assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {text}");
            }
            // Whoever may not ask learns nothing of what there is.
            let (status, ..) = ask(&app, request(&Method::GET, path, &with(&[("host", "evil.example")]), "")).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        }
        for path in ["/api/", "/api/nowhere", "/api/runs/1/cancel"] {
            let stranger = with(&[("authorization", "(absent)")]);
            let (status, ..) = ask(&app, request(&Method::POST, path, &stranger, "")).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
        }
    }
}

#[tokio::test]
async fn a_head_may_be_as_long_as_is_said_and_not_a_byte_longer() {
    let app = whole();
    // Everything of a head but the value of one field, as it goes over the line.
    let others: usize = with(&[]).iter().map(|(name, value)| name.len() + value.len() + 4).sum();
    let rest = "GET /api/clock HTTP/1.1\r\n".len() + others + "x: \r\n".len() + "\r\n".len();
    for (bytes, wanted) in [
        (MAX_HEAD, StatusCode::OK),
        (MAX_HEAD + 1, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        (100_000, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
    ] {
        let long = "x".repeat(bytes - rest);
        let (status, _, text) = ask(&app, request(&Method::GET, "/api/clock", &with(&[("x", &long)]), "")).await;
        assert_eq!(status, wanted, "{bytes} bytes: {text}");
    }
    // The path counts, too.
    let (long_path, long) = (format!("/api/{}", "x".repeat(MAX_HEAD / 2)), "x".repeat(MAX_HEAD / 2));
    let (status, ..) = ask(&app, request(&Method::GET, &long_path, &with(&[("x", &long)]), "")).await;
    assert_eq!(status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
}

async fn refused(method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> (u16, Value) {
    let (status, _, text) = ask(&whole(), request(&method, path, &with(headers), body)).await;
    let answer: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{path}: {status} {text}"));
    assert_eq!(answer["lanes_api"], api::VERSION);
    (status.as_u16(), answer)
}

/// Method, path, header fields, body, and then the status and a part of the sentence that is answered.
type Case<'c> = (Method, &'c str, Vec<(&'c str, &'c str)>, String, u16, &'c str);

#[tokio::test]
async fn requests_that_make_no_sense_are_answered_with_a_sentence() {
    const JSON: (&str, &str) = ("content-type", "application/json");
    let run = |scenario: Value| json!({ "lane": "native/async", "scenario": scenario }).to_string();
    let tiny = json!({ "lanes_scenario": 1, "groups": [{ "tasks": 1, "steps": [{ "fetch": {} }] }] });
    let own_code = |lane: &str| {
        let call = json!({ "call": { "python": "def task(n): return n", "items": "range(2)" } });
        let scenario = json!({ "lanes_scenario": 2, "groups": [{ "tasks": 2, "steps": [call] }] });
        json!({ "lane": lane, "scenario": scenario }).to_string()
    };
    let cases: Vec<Case<'_>> = vec![
        (Method::GET, "/api/nowhere", vec![], String::new(), 404, "nothing at this address"),
        (Method::GET, "/api/runs", vec![], String::new(), 405, "another method"),
        (Method::DELETE, "/api/", vec![], String::new(), 405, "another method"),
        (Method::POST, "/api/runs", vec![], run(tiny.clone()), 415, "application/json"),
        (Method::POST, "/api/runs", vec![("content-type", "text/plain")], run(tiny.clone()), 415, "application/json"),
        (Method::POST, "/api/runs", vec![JSON], "{".into(), 400, "EOF"),
        (Method::POST, "/api/runs", vec![JSON], "[]".into(), 400, "cannot be read"),
        (
            Method::POST,
            "/api/runs",
            vec![JSON],
            json!({ "lane": "moon/async", "scenario": {} }).to_string(),
            400,
            "“moon”",
        ),
        (
            Method::POST,
            "/api/runs",
            vec![JSON],
            json!({ "lane": "native/gil", "scenario": {}, "shell": "x" }).to_string(),
            400,
            "shell",
        ),
        (Method::POST, "/api/runs", vec![JSON], run(json!({ "lanes_scenario": 1 })), 422, "not valid"),
        (
            Method::POST,
            "/api/runs",
            vec![JSON],
            run(json!({ "lanes_scenario": 1, "workers": 65, "groups": [] })),
            422,
            "not valid",
        ),
        (Method::POST, "/api/runs", vec![JSON], " ".repeat(3 << 20), 413, "2 MiB"),
        (
            Method::POST,
            "/api/runs",
            vec![JSON],
            own_code("native/async"),
            403,
            "code that comes with a link or a request is never run",
        ),
        (Method::POST, "/api/runs", vec![JSON], own_code("python/threads"), 403, "1 line of Python code"),
        (
            Method::POST,
            "/api/runs",
            vec![JSON],
            json!({ "lane": "native/async", "scenario": tiny, "file": "/etc/passwd" }).to_string(),
            404,
            "file",
        ),
        (Method::POST, "/api/runs/7/cancel", vec![], String::new(), 404, "no such run"),
        (Method::POST, "/api/runs/x/cancel", vec![], String::new(), 404, "no such run"),
        (Method::POST, "/api/runs/7/workers/99999/kill", vec![], String::new(), 404, "no such run"),
        (Method::GET, "/api/body?ms=60001", vec![], String::new(), 400, "ms:"),
        (Method::GET, "/api/body?ms=NaN", vec![], String::new(), 400, "ms:"),
        (Method::GET, "/api/body?bytes=99999999", vec![], String::new(), 400, "bytes:"),
        (Method::GET, "/api/body?bytes=-1", vec![], String::new(), 400, "capacity"),
        (Method::GET, "/api/body?capacity=0", vec![], String::new(), 400, "capacity:"),
        (Method::GET, "/api/body?errors=2", vec![], String::new(), 400, "errors:"),
        (Method::GET, "/api/body?run=1&rate_per_s=-1", vec![], String::new(), 400, "rate_per_s:"),
        (Method::GET, "/api/body?run=1&burst=0", vec![], String::new(), 400, "burst:"),
        (Method::GET, "/api/body?run=1&slows=NaN", vec![], String::new(), 400, "slows:"),
        (Method::GET, "/api/body?run=1&errors=1", vec![], String::new(), 500, "to fail"),
        (Method::GET, "/api/body?sleep=1", vec![], String::new(), 400, "sleep"),
        (Method::GET, "/api/body?errors=1", vec![], String::new(), 503, "to fail"),
    ];
    for (method, path, headers, body, status, says) in cases {
        let (got, answer) = refused(method.clone(), path, &headers, body).await;
        assert_eq!(got, status, "{method} {path}: {answer}");
        assert!(answer["error"].as_str().is_some_and(|error| error.contains(says)), "{method} {path}: {answer}");
    }
    let (_, answer) =
        refused(Method::POST, "/api/runs", &[JSON], run(json!({ "lanes_scenario": 1, "workers": 65 }))).await;
    let problems: Vec<&str> =
        answer["problems"].as_array().expect("problems").iter().filter_map(Value::as_str).collect();
    assert!(problems.iter().any(|problem| problem.contains("workers")), "{problems:?}");
}

#[tokio::test]
async fn the_endpoint_keeps_its_capacity() {
    let app = whole();
    let get = |query: &str| {
        let request = request(&Method::GET, &format!("/api/body?{query}"), &with(&[]), "");
        let app = app.clone();
        async move { ask(&app, request).await }
    };
    let (status, _, body) = get("bytes=40&seed=4").await;
    let mut wanted = vec![0; 40];
    lanes_core::body::fill(4, &mut wanted);
    assert_eq!((status, body.as_bytes()), (StatusCode::OK, &wanted[..]));

    let refusing = futures::future::join_all((0..8).map(|seed| get_owned(&get, seed, "refuse"))).await;
    assert_eq!(refusing.iter().filter(|status| **status == StatusCode::OK).count(), 3);
    let queueing = futures::future::join_all((0..8).map(|seed| get_owned(&get, seed, "queue"))).await;
    assert!(queueing.iter().all(|status| *status == StatusCode::OK), "{queueing:?}");

    let failing = futures::future::join_all((0..200).map(|seed| {
        let answer = get(&format!("errors=0.25&seed={seed}"));
        async move { answer.await.0 }
    }));
    let failed = failing.await.iter().filter(|status| !status.is_success()).count();
    assert!((30..70).contains(&failed), "{failed} of 200");
}

async fn get_owned<F: Future<Output = (StatusCode, HeaderMap, String)>>(
    get: &impl Fn(&str) -> F,
    seed: u32,
    full: &str,
) -> StatusCode {
    get(&format!("ms=5&capacity=3&full={full}&seed={seed}")).await.0
}

#[tokio::test]
async fn a_file_is_stored_under_a_name_and_the_oldest_goes() {
    let files = Files::default();
    let mut names = Vec::new();
    for i in 0..=files::MAX_FILES {
        let stored = files.store(Body::from(vec![7; i])).await.expect("room");
        assert_eq!(stored.bytes, i as u64);
        names.push(stored.file);
    }
    assert!(files.find(&names[0]).is_err());
    let path = files.find(&names[1]).expect("kept");
    assert_eq!(std::fs::read(&path).expect("there"), [7]);
    drop(files);
    assert!(!path.exists(), "it goes with the server");
}

#[test]
fn the_usual_token_is_long_and_never_the_same() {
    let [one, other] = [Token::new().expect("chance"), Token::new().expect("chance")];
    assert_eq!(one.reveal().len(), 32);
    assert!(!one.is(other.reveal()) && one.is(one.reveal()));
    assert!(Token::chosen("short").is_err() && Token::chosen("with spaces, and long enough").is_err());
    assert_eq!(format!("{one:?}"), "Token(…)");
}
