//! The bodies of functions that make requests: of a real server, by a client that waits or by calls that block, and of a
//! simulated one that has limits. Where a server may refuse, they ask again.

/// How a function asks again.
pub(super) struct Again {
    /// How often at the most, and what it waits before the first time.
    pub(super) retries: String,
    pub(super) backoff: String,
    /// What attempts are called: by their number where somebody wants to know it.
    pub(super) attempt: &'static str,
    /// It blocks although there is an event loop.
    pub(super) beside_loop: bool,
}

impl Again {
    /// A function that calls `ask` until it is answered.
    fn call(&self, awaits: bool) -> String {
        let function = if self.beside_loop { "retry_blocking" } else { "retry" };
        let wait = if awaits { ".await" } else { "" };
        format!("    {function}({}, {}, ask){wait}\n", self.retries, self.backoff)
    }
}

/// Makes a request and takes the body of its answer.
pub(super) fn real(url: &str, awaits: bool, bears_token: bool, timeout: &str, again: Option<&Again>) -> String {
    // What is made again and again does not use up its address.
    let is_lent = again.is_some();
    let body = if awaits {
        let url = if is_lent { url } else { url.trim_start_matches('&') };
        let token = if is_lent { "&token" } else { "token" };
        let token =
            if bears_token { format!("    let request = request.bearer_auth({token});\n") } else { String::new() };
        format!(
            "    let request = CLIENT.get({url}).timeout({timeout});
    let request = request.header(\"Accept-Encoding\", \"identity\");
{token}    receive(request.send().await?.error_for_status()?).await\n"
        )
    } else {
        let header = if bears_token { "        .header(\"Authorization\", format!(\"Bearer {token}\"))\n" } else { "" };
        let context = if is_lent && url != "url" { "with_context(|| url.clone())" } else { "context(url)" };
        format!(
            "    let request = AGENT
        .get({url})
        .header(\"Accept-Encoding\", \"identity\")
{header}        .config()
        .timeout_global(Some({timeout}))
        .build();
    let mut answer = request.call().{context}?;
    let coding = answer.headers().get(\"content-encoding\").cloned();
    let body = answer.body_mut().with_config().limit(MOST_BYTES);
    let body = body.read_to_vec()?;
    decompressed(coding.as_ref().map(|coding| coding.as_bytes()), body)\n"
        )
    };
    let Some(again) = again else { return body };
    let lines: String = body.lines().map(|line| format!("    {line}\n")).collect();
    let attempt = if again.attempt.is_empty() { "" } else { "_" };
    let block = if awaits { "async " } else { "" };
    format!("    let ask = |{attempt}| {block}{{\n{lines}    }};\n{}", again.call(awaits))
}

/// What is asked of a simulated server.
pub(super) struct Simulated {
    pub(super) latency: String,
    pub(super) bytes: String,
    /// Where it can come too late.
    pub(super) timeout: Option<String>,
    pub(super) awaits: bool,
    /// Its blocking function has another name where there is one that waits.
    pub(super) is_async: bool,
    /// Requests are told which attempt they are.
    pub(super) attempts: bool,
}

/// Asks a simulated server that has limits.
pub(super) fn simulated(of: &Simulated, again: Option<&Again>) -> String {
    let mut body = String::new();
    let values = [("latency", Some(&of.latency)), ("timeout", of.timeout.as_ref())];
    for (name, value) in values.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        // One that differs between the steps is an argument of this name.
        if value != name {
            body += &format!("    let {name} = {value};\n");
        }
    }
    let function = if of.is_async && !of.awaits { "request_blocking" } else { "request" };
    let timeout = if of.timeout.is_some() { ", timeout" } else { "" };
    let attempt = match (of.attempts, again.is_some()) {
        (false, _) => "",
        (true, false) => ", 0",
        (true, true) => ", attempt",
    };
    let call = format!("{function}(latency, {}, nth(seed, 1){timeout}{attempt})", of.bytes);
    let wait = if of.awaits { ".await" } else { "" };
    match again {
        None => body + &format!("    {call}{wait}\n"),
        Some(again) => body + &format!("    let ask = |{}| {call};\n{}", again.attempt, again.call(of.awaits)),
    }
}
