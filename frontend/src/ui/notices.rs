//! What a person should know now: said once, also to screen readers, and dismissed by hand.

use leptos::prelude::*;

use super::icons::{self, icon};
use crate::state::{Notice, NoticeKind, Page};

/// The notices, the oldest first.
#[component]
pub(crate) fn Notices() -> impl IntoView {
    let page = expect_context::<Page>();
    let entries = move || {
        let notices = page.notices.get();
        notices.into_iter().enumerate().map(|(index, notice)| entry(page, index, notice)).collect_view()
    };
    view! { <ul class="notices" role="list" aria-live="polite" aria-label="Messages">{entries}</ul> }
}

fn entry(page: Page, index: usize, notice: Notice) -> impl IntoView {
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
                on:click=move |_| page.dismiss(index)
            >
                {icon(icons::CLOSE)}
            </button>
        </li>
    }
}
