//! Whether the left column is open, for whoever draws it and whoever sends a person there.

use leptos::prelude::*;

/// Whether the panel is open on a narrow screen; on a wide one it always is.
#[derive(Clone, Copy)]
pub(crate) struct PanelOpen(pub(crate) RwSignal<bool>);
