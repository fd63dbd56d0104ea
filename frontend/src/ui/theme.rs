//! Light, dark, or as the system has it; remembered in this browser.
//!
//! The page's first lines of script read the same key before anything is drawn, so that nothing flashes.

use leptos::prelude::*;

use super::icons::{self, icon};
use crate::kept;

/// Where the choice is kept.
const KEY: &str = "lanes-theme";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Theme {
    Auto,
    Light,
    Dark,
}

impl Theme {
    fn id(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Auto => "Theme: as the system",
            Self::Light => "Theme: light",
            Self::Dark => "Theme: dark",
        }
    }

    fn stored() -> Self {
        match kept::read(KEY).as_deref() {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::Auto,
        }
    }

    fn apply(self) {
        let Some(root) = document().document_element() else { return };
        // Both may be refused, in a private window for example; the theme then lasts as long as the page.
        if self == Self::Auto {
            let _ = root.remove_attribute("data-theme");
            kept::forget(KEY);
        } else {
            let _ = root.set_attribute("data-theme", self.id());
            kept::write(KEY, self.id());
        }
    }
}

/// A button that goes from one theme to the next.
#[component]
pub(crate) fn ThemeButton() -> impl IntoView {
    let theme = RwSignal::new(Theme::stored());
    let turn = move |_| {
        theme.update(|theme| *theme = theme.next());
        theme.get_untracked().apply();
    };
    view! {
        <button
            type="button"
            class="button button-quiet button-icon"
            aria-label=move || theme.get().name()
            title=move || theme.get().name()
            on:click=turn
        >
            {move || match theme.get() {
                Theme::Auto => icon(icons::HALF),
                Theme::Light => icon(icons::SUN),
                Theme::Dark => icon(icons::MOON),
            }}
        </button>
    }
}
