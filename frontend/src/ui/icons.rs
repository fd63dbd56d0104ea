//! The icons: line drawings on a 16 × 16 grid, in the colour of the text around them.
//!
//! They never carry meaning alone: the control they are in has a name.

use leptos::prelude::*;

/// What an icon is drawn with: the `d` of its one path.
#[derive(Clone, Copy)]
pub(crate) struct Icon(&'static str);

pub(crate) const PLAY: Icon = Icon("M4.5 2.8v10.4L13 8z");
pub(crate) const STOP: Icon = Icon("M4 4h8v8H4z");
pub(crate) const LINK: Icon = Icon(
    "M6.7 9.3a2.9 2.9 0 0 0 4.2 0l2.2-2.2a2.95 2.95 0 0 0-4.2-4.2l-1 1M9.3 6.7a2.9 2.9 0 0 0-4.2 0L2.9 8.9a2.95 2.95 0 0 0 4.2 4.2l1-1",
);
pub(crate) const DOWNLOAD: Icon = Icon("M8 2.2v7.6M4.8 6.9 8 10.1l3.2-3.2M2.8 13.4h10.4");
pub(crate) const SUN: Icon = Icon(
    "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.2v1.3M8 13.5v1.3M1.2 8h1.3M13.5 8h1.3M3.2 3.2l.9.9M11.9 11.9l.9.9M12.8 3.2l-.9.9M4.1 11.9l-.9.9",
);
pub(crate) const MOON: Icon = Icon("M13.4 9.6A5.9 5.9 0 0 1 6.4 2.6a5.9 5.9 0 1 0 7 7z");
pub(crate) const HALF: Icon = Icon("M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 2v12M8 5h3.5M8 8h5.8M8 11h4.3");
pub(crate) const KEYS: Icon = Icon("M1.8 4h12.4v8H1.8zM4.3 6.6h.1M6.8 6.6h.1M9.2 6.6h.1M11.7 6.6h.1M5 9.4h6");
pub(crate) const CHEVRON: Icon = Icon("m4.2 6.2 3.8 3.8 3.8-3.8");
pub(crate) const PLUS: Icon = Icon("M8 3v10M3 8h10");
pub(crate) const CLOSE: Icon = Icon("m4 4 8 8M12 4l-8 8");
pub(crate) const UP: Icon = Icon("M8 13V3.2M4 7.2l4-4 4 4");
pub(crate) const DOWN: Icon = Icon("M8 3v9.8M4 8.8l4 4 4-4");
pub(crate) const COPY: Icon = Icon("M5.6 5.6h7.6v7.6H5.6zM10.4 5.6V2.8H2.8v7.6h2.8");
pub(crate) const BIN: Icon = Icon("M2.8 4.4h10.4M6.2 4.2V2.6h3.6v1.6M4.2 4.6l.6 8.8h6.4l.6-8.8M6.8 7v4M9.2 7v4");
pub(crate) const DICE: Icon = Icon("M2.8 2.8h10.4v10.4H2.8zM5.6 5.6h.1M10.3 5.6h.1M8 8h.1M5.6 10.4h.1M10.3 10.4h.1");
pub(crate) const CHECK: Icon = Icon("m3 8.6 3.2 3.2L13 4.6");
pub(crate) const FILE: Icon = Icon("M3.8 1.8h5.4l3 3v9.4H3.8zM9 2v3h3.2");
pub(crate) const INFO: Icon = Icon("M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 7.4v3.6M8 5h.1");
pub(crate) const WARN: Icon = Icon("M8 2.2 14.4 13.4H1.6zM8 6.6v3.2M8 11.5h.1");

/// Draws an icon.
pub(crate) fn icon(icon: Icon) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
            <path d=icon.0 />
        </svg>
    }
}

/// The mark of Lanes: three lanes of different length on one axis.
pub(crate) fn mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">
            <path class="mark-axis" d="M2 2v16" />
            <path class="mark-1" d="M5 5h13" />
            <path class="mark-2" d="M5 10h5" />
            <path class="mark-3" d="M5 15h9" />
        </svg>
    }
}
