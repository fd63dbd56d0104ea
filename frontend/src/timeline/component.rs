//! The timeline as a component: its HTML, and the events that belong to it.

use std::{cell::Cell, rc::Rc};

use leptos::{ev, html, prelude::*};

use super::{
    describe::KEYS,
    handle::TimelineHandle,
    view::{Announcements, Elements, TimelineView},
};

thread_local! {
    static NEXT_ID: Cell<u32> = const { Cell::new(0) };
}

/// Shows what a [`TimelineHandle`] is told, as wide as its container.
#[component]
pub fn Timeline(
    /// Through which the timeline is told what happens.
    handle: TimelineHandle,
) -> impl IntoView {
    let (root, element) = (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new());
    let (ruler, lanes) = (NodeRef::<html::Canvas>::new(), NodeRef::<html::Canvas>::new());
    let frame = NodeRef::<html::Div>::new();
    let announced = Announcements::new();
    let on_page = StoredValue::new_local(None::<Rc<TimelineView>>);

    Effect::new(move |_| {
        let (Some(root), Some(view)) = (root.get(), element.get()) else { return };
        let (Some(ruler), Some(frame), Some(lanes)) = (ruler.get(), frame.get(), lanes.get()) else { return };
        let elements = Elements { root, view, ruler, frame, lanes };
        let made = handle.shared().and_then(|shared| TimelineView::new(shared, announced, elements));
        on_page.set_value(made);
    });
    on_cleanup(move || {
        on_page.try_update_value(Option::take);
    });
    // Taken out of the store first: an event may lead to what uses the store itself.
    let with_view = move |what: &dyn Fn(&TimelineView)| {
        if let Some(Some(view)) = on_page.try_with_value(Clone::clone) {
            what(&view);
        }
    };

    let id = NEXT_ID.with(|next| next.replace(next.get() + 1));
    let described_by = format!("tl-summary-{id} tl-keys-{id}");
    view! {
        <div class="tl-root" node_ref=root data-settled="false">
            <div
                class="tl-view"
                node_ref=element
                tabindex="0"
                role="application"
                aria-roledescription="timeline"
                aria-label="Timeline"
                aria-describedby=described_by
                on:wheel=move |event: ev::WheelEvent| with_view(&|view| view.wheel(&event))
                on:pointerdown=move |event: ev::PointerEvent| with_view(&|view| view.pointer_down(&event))
                on:pointermove=move |event: ev::PointerEvent| with_view(&|view| view.pointer_move(&event))
                on:pointerup=move |event: ev::PointerEvent| with_view(&|view| view.pointer_up(&event))
                on:pointercancel=move |event: ev::PointerEvent| with_view(&|view| view.pointer_cancel(&event))
                on:pointerleave=move |_| with_view(&TimelineView::pointer_leave)
                on:dblclick=move |_| with_view(&TimelineView::double_click)
                on:keydown=move |event: ev::KeyboardEvent| with_view(&|view| view.key_down(&event))
                on:focus=move |_| with_view(&|view| view.focused(true))
                on:blur=move |_| with_view(&|view| view.focused(false))
            >
                <div class="tl-ruler">
                    <canvas node_ref=ruler aria-hidden="true"></canvas>
                    <CursorTime announced/>
                </div>
                <div class="tl-lanes" node_ref=frame>
                    <canvas node_ref=lanes aria-hidden="true"></canvas>
                    <CursorLine announced/>
                    <SelectionFrame announced/>
                </div>
            </div>
            <Tooltip announced/>
            <div class="tl-hint" class:tl-shown=move || announced.hint.get() aria-hidden="true">
                "Ctrl or ⌘ + wheel zooms; so does the wheel alone after a click"
            </div>
            <p class="tl-keys" id=format!("tl-keys-{id}")>{KEYS}</p>
            <p class="tl-sr" id=format!("tl-summary-{id}")>{move || announced.summary.get()}</p>
            <div class="tl-sr" aria-live="polite">{move || announced.aloud.get()}</div>
        </div>
    }
}

fn px(value: f64) -> String {
    format!("{value:.1}px")
}

#[component]
fn CursorLine(announced: Announcements) -> impl IntoView {
    let x = Memo::new(move |_| announced.overlay.with(|overlay| overlay.cursor.as_ref().map(|cursor| cursor.x)));
    view! {
        <div
            class="tl-cursor"
            class:tl-shown=move || x.get().is_some()
            style:transform=move || format!("translateX({})", px(x.get().unwrap_or_default()))
        ></div>
    }
}

#[component]
fn CursorTime(announced: Announcements) -> impl IntoView {
    let cursor = Memo::new(move |_| announced.overlay.with(|overlay| overlay.cursor.clone()));
    let at = move || cursor.with(|cursor| cursor.as_ref().map_or((0.0, 0.0), |cursor| (cursor.x, cursor.shift)));
    view! {
        <div
            class="tl-cursor-time"
            class:tl-shown=move || cursor.with(Option::is_some)
            style:left=move || px(at().0)
            style:transform=move || format!("translateX(-{:.1}%)", at().1 * 100.0)
            aria-hidden="true"
        >
            {move || cursor.with(|cursor| cursor.as_ref().map(|cursor| cursor.time.clone()))}
        </div>
    }
}

#[component]
fn SelectionFrame(announced: Announcements) -> impl IntoView {
    let frame = Memo::new(move |_| announced.overlay.with(|overlay| overlay.selection.clone()));
    let side = move |of: fn(&super::overlay::Selection) -> f64| {
        move || frame.with(|frame| frame.as_ref().map(|frame| px(of(frame))).unwrap_or_default())
    };
    view! {
        <div
            class="tl-selection"
            class:tl-shown=move || frame.with(Option::is_some)
            style:left=side(|frame| frame.x)
            style:top=side(|frame| frame.y)
            style:width=side(|frame| frame.width)
            style:height=side(|frame| frame.height)
        ></div>
    }
}

/// What is at the pointer or selected. It hangs to the right at the left edge and to the left at the right edge, so
/// that it is inside without being measured. Readers of screens are told by the live region instead.
#[component]
fn Tooltip(announced: Announcements) -> impl IntoView {
    let tip = Memo::new(move |_| announced.overlay.with(|overlay| overlay.tip.clone()));
    let words = Memo::new(move |_| tip.with(|tip| tip.as_ref().map(|tip| tip.words.clone())));
    let place = move || tip.with(|tip| tip.as_ref().map_or((0.0, 0.0, 0.0), |tip| (tip.x, tip.y, tip.shift)));
    let above = move || tip.with(|tip| tip.as_ref().is_some_and(|tip| tip.above));
    view! {
        <div
            class="tl-tip"
            class:tl-shown=move || tip.with(Option::is_some)
            style:left=move || px(place().0)
            style:top=move || px(place().1)
            style:transform=move || {
                format!("translate(-{:.1}%, {}%)", place().2 * 100.0, if above() { -100 } else { 0 })
            }
            aria-hidden="true"
        >
            {move || {
                words.get().map(|words| {
                    let swatch = words.state.map(|state| view! { <i style:background=format!("var(--state-{state})")></i> });
                    view! {
                        <strong>{swatch}{words.title}</strong>
                        {words.lines.into_iter().map(|line| view! { <span>{line}</span> }).collect::<Vec<_>>()}
                    }
                })
            }}
        </div>
    }
}
