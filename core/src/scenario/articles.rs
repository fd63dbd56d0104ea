//! The three programs that every guide to concurrency in Python shows, as scenarios that bring their code; and what people ask of
//! each next: an edit of the code, or of one field.

use serde_json::{Value, json};

use super::preset::Preset;

/// The title of each is in its scenario; the code stands in a file of its own.
pub const ARTICLES: [Preset; 3] = [
    Preset {
        id: "article-asyncio",
        question: "asyncio with aiohttp: twelve requests, one thread",
        what: "12 requests of 200 ms, in Python that you can change",
        json: r#"{ "lanes_scenario": 2, "title": "asyncio and aiohttp",
            "groups": [{ "name": "pages", "tasks": 12, "steps": [{ "call": { "coroutine": "task_async" } }] }],
            "lanes": ["pyodide/sequential", "pyodide/async", "pyodide/threads", "pyodide/processes", "pyodide/hybrid"],
            "workers": 4, "concurrency": 12, "repeats": 1, "warmup": 0 }"#,
        python: include_str!("articles/asyncio.py"),
    },
    Preset {
        id: "article-threads",
        question: "A pool of threads with requests: do they wait together?",
        what: "12 requests of 200 ms that block, in Python that you can change",
        json: r#"{ "lanes_scenario": 2, "title": "Threads and requests",
            "groups": [{ "name": "pages", "tasks": 12, "steps": [{ "call": {} }] }],
            "lanes": ["pyodide/sequential", "pyodide/threads", "pyodide/async", "pyodide/processes", "pyodide/hybrid"],
            "workers": 6, "concurrency": 6, "repeats": 1, "warmup": 0 }"#,
        python: include_str!("articles/threads.py"),
    },
    Preset {
        id: "article-pool",
        question: "A multiprocessing pool: does it compute faster?",
        what: "24 ranges whose primes are counted, in Python that you can change",
        json: r#"{ "lanes_scenario": 2, "title": "A pool of processes",
            "groups": [{ "name": "ranges", "tasks": 24, "steps": [{ "call": {} }] }],
            "lanes": ["pyodide/sequential", "pyodide/processes", "pyodide/threads", "pyodide/async", "pyodide/hybrid"],
            "workers": 2, "concurrency": 4, "repeats": 1, "warmup": 0 }"#,
        python: include_str!("articles/pool.py"),
    },
];

/// What people ask of an article next: whether it holds, they see once it has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WhatIf {
    /// Of which article.
    pub article: &'static str,
    /// What changes, after “what if”.
    pub question: &'static str,
    /// What stands in the code, and what does instead.
    code: &'static [(&'static str, &'static str)],
    /// A field of the scenario, and its value.
    field: Option<(&'static str, u32)>,
}

const ASK: &str = "    response = requests.get(url, timeout=10)
    response.raise_for_status()
    return len(response.text.split())
";
const AWAIT: &str = "    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            response.raise_for_status()
            text = await response.text()
    return len(text.split())
";

/// What is asked, in the order in which it is offered.
pub const WHAT_IFS: [WhatIf; 9] = [
    WhatIf {
        article: "article-asyncio",
        question: "the coroutine calls requests?",
        code: &[(AWAIT, "    # Nothing is awaited: the loop stands still meanwhile.\n    return task(url)\n")],
        field: None,
    },
    WhatIf {
        article: "article-asyncio",
        question: "there is a lock around all of it?",
        code: &[
            (
                AWAIT,
                "    async with lock, aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            response.raise_for_status()
            text = await response.text()
    return len(text.split())
",
            ),
            ("import os\n", "import asyncio\nimport os\n"),
            ("\n\nasync def task_async(", "lock = asyncio.Lock()\n\n\nasync def task_async("),
        ],
        field: None,
    },
    WhatIf {
        article: "article-asyncio",
        question: "only 3 may be under way?",
        code: &[],
        field: Some(("concurrency", 3)),
    },
    WhatIf {
        article: "article-threads",
        question: "it computes instead of waiting?",
        code: &[(ASK, "    return sum(number * number for number in range(200_000))\n")],
        field: None,
    },
    WhatIf {
        article: "article-threads",
        question: "there is a lock around all of it?",
        code: &[
            (
                ASK,
                "    with lock:
        response = requests.get(url, timeout=10)
        response.raise_for_status()
        return len(response.text.split())
",
            ),
            ("import os\n", "import os\nimport threading\n"),
            ("\n\ndef task(", "lock = threading.Lock()\n\n\ndef task("),
        ],
        field: None,
    },
    WhatIf { article: "article-threads", question: "there are 12 threads?", code: &[], field: Some(("workers", 12)) },
    WhatIf {
        article: "article-pool",
        question: "it waits instead of computing?",
        code: &[
            ("    return sum(map(is_prime, numbers))\n", "    time.sleep(0.05)\n    return len(numbers)\n"),
            ("ITEMS = [", "import time\n\nITEMS = ["),
        ],
        field: None,
    },
    WhatIf { article: "article-pool", question: "a message holds 12 ranges?", code: &[], field: Some(("chunk", 12)) },
    WhatIf {
        article: "article-pool",
        question: "there is a lock around all of it?",
        code: &[
            (
                "    return sum(map(is_prime, numbers))\n",
                "    with lock:\n        return sum(map(is_prime, numbers))\n",
            ),
            ("ITEMS = [", "import threading\n\nITEMS = ["),
            ("\n\ndef task(", "lock = threading.Lock()\n\n\ndef task("),
        ],
        field: None,
    },
];

/// Whether a source is that of an article, or of one after what is asked of it: then it is nobody else's.
#[must_use]
pub fn is_ours(source: &str) -> bool {
    ARTICLES.iter().any(|article| {
        let asked = WHAT_IFS.iter().filter(|what_if| what_if.article == article.id);
        article.python == source
            || asked.filter_map(|what_if| what_if.edited(article.python, true)).any(|it| it == source)
    })
}

/// How a scenario stands to what is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// It is not so yet; this is the scenario in which it is.
    Not(Value),
    /// It is so; this is the scenario in which it is not.
    Is(Value),
    /// Its code is no longer what it would be an edit of.
    Neither,
}

impl WhatIf {
    /// Those of the article that a draft began as, by its title; none of a draft that is none.
    pub fn of(draft: &Value) -> impl Iterator<Item = &'static Self> {
        let article = ARTICLES.iter().find(|article| draft["title"] == article.title());
        WHAT_IFS.iter().filter(move |what_if| article.is_some_and(|article| article.id == what_if.article))
    }

    /// How a draft stands to it.
    #[must_use]
    pub fn standing(&self, draft: &Value) -> Standing {
        const CODE: &str = "/groups/0/steps/0/call/python";
        let Some(text) = draft.pointer(CODE).and_then(Value::as_str) else { return Standing::Neither };
        let with = |text: String, field: Option<Value>| {
            let mut draft = draft.clone();
            if let Some(code) = draft.pointer_mut(CODE) {
                *code = text.into();
            }
            if let (Some((name, _)), Some(value)) = (self.field, field) {
                draft[name] = value;
            }
            draft
        };
        match self.field {
            Some((name, value)) if draft[name] == json!(value) => {
                Standing::Is(with(text.to_owned(), Some(self.before(name))))
            }
            Some((_, value)) => Standing::Not(with(text.to_owned(), Some(json!(value)))),
            // What was put there may hold what stood there before.
            None => match (self.edited(text, false), self.edited(text, true)) {
                (Some(text), _) => Standing::Is(with(text, None)),
                (None, Some(text)) => Standing::Not(with(text, None)),
                (None, None) => Standing::Neither,
            },
        }
    }

    /// A source in which it is so, or is not so any more; `None` where it is no edit of that source.
    fn edited(&self, source: &str, forth: bool) -> Option<String> {
        self.code.iter().try_fold(source.to_owned(), |text, (before, after)| {
            let (from, to) = if forth { (before, after) } else { (after, before) };
            (text.matches(from).count() == 1).then(|| text.replacen(from, to, 1))
        })
    }

    /// What a field holds in the article.
    fn before(&self, name: &str) -> Value {
        let article = ARTICLES.iter().find(|article| article.id == self.article);
        let scenario = article.and_then(|article| serde_json::to_value(article.scenario()).ok()).unwrap_or_default();
        scenario[name].clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Scenario, ValidScenario};

    #[test]
    fn articles_are_valid_and_bring_their_code() {
        for article in &ARTICLES {
            let scenario = article.valid();
            assert_eq!(scenario.call().and_then(|call| call.source()), Some(article.python));
        }
    }

    #[test]
    fn what_is_asked_is_one_edit_there_and_back() {
        for article in &ARTICLES {
            let draft = serde_json::to_value(article.scenario()).expect("plain data");
            let asked: Vec<_> = WhatIf::of(&draft).collect();
            assert_eq!(asked.len(), 3, "{}", article.id);
            for what_if in asked {
                let Standing::Not(edited) = what_if.standing(&draft) else { panic!("{what_if:?}") };
                ValidScenario::from_value(&edited).expect(what_if.question);
                assert_ne!(Scenario::from_value(&edited), Ok(article.scenario()));
                assert!(edited.pointer("/groups/0/steps/0/call/python").and_then(Value::as_str).is_some_and(is_ours));
                assert_eq!(what_if.standing(&edited), Standing::Is(draft.clone()), "{}", what_if.question);
                let nothing = what_if.code.is_empty();
                let mut other = draft.clone();
                other["groups"][0]["steps"][0]["call"]["python"] =
                    "ITEMS = [1]\n\n\ndef task(item):\n    pass\n".into();
                assert_eq!(what_if.standing(&other) == Standing::Neither, !nothing, "{}", what_if.question);
            }
        }
        assert_eq!(WhatIf::of(&json!({ "title": "mine" })).count(), 0);
        assert!(!is_ours("ITEMS = [1]\n") && !is_ours(&format!("{}\n", ARTICLES[0].python)));
    }
}
