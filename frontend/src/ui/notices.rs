//! What a person should know now: said once, also to screen readers, and dismissed by hand.

use leptos::prelude::*;

use super::icons::{self, icon};
use crate::page::{Notice, NoticeKind, Page};

/// The notices, the oldest first.
#[component]
pub(crate) fn Notices() -> impl IntoView {
    let page = expect_context::<Page>();
    view! {
        <ul class="notices" role="list" aria-live="polite" aria-label="Messages">
            <For each=move || told_apart(page.notices.get()) key=|(nth, notice)| (*nth, notice.text.clone()) let:entry>
                {entry_view(page, entry.0, entry.1)}
            </For>
        </ul>
    }
}

/// Each notice with how many of the same text come before it: what was said stays where it is and is not said again.
fn told_apart(notices: Vec<Notice>) -> Vec<(usize, Notice)> {
    let before = |index: usize| notices[..index].iter().filter(|other| other.text == notices[index].text).count();
    (0..notices.len()).map(|index| (before(index), notices[index].clone())).collect()
}

fn entry_view(page: Page, nth: usize, notice: Notice) -> impl IntoView {
    let text = notice.text.clone();
    let dismiss = move |_| {
        let index = page.notices.with_untracked(|notices| {
            notices.iter().enumerate().filter(|(_, other)| other.text == text).map(|(index, _)| index).nth(nth)
        });
        if let Some(index) = index {
            page.dismiss(index);
        }
    };
    let (class, drawing, kind) = match notice.kind {
        NoticeKind::Done => ("notice notice-done", icons::CHECK, "Done"),
        NoticeKind::Hint => ("notice notice-hint", icons::INFO, "Note"),
        NoticeKind::Error => ("notice notice-error", icons::WARN, "Problem"),
    };
    view! {
        <li class=class>
            {icon(drawing)}
            <p><span class="sr-only">{kind} ": "</span>{notice.text}</p>
            <button
                type="button"
                class="button button-quiet button-icon button-small"
                aria-label="Dismiss"
                title="Dismiss"
                on:click=dismiss
            >
                {icon(icons::CLOSE)}
            </button>
        </li>
    }
}
