//! The whole page, top to bottom: bar, scenario on the left, question, timeline, results, prediction and programs on the right, explanation.

use leptos::{html, prelude::*};

use super::{
    about::About,
    code::{Chosen, Code, CodeShown},
    header::Header,
    keys::{self, KeysDialog},
    legend::Legend,
    notices::Notices,
    overview::Overview,
    own_lines::OwnLines,
    panel::Panel,
    panel_open::PanelOpen,
    prediction::Prediction,
    quiz::QuizOfIt,
    results::Results,
};
use crate::page::{Page, Runner};

/// The page. It wants a [`Page`] and a [`Runner`] in its context.
#[component]
pub(crate) fn App(
    /// The timeline.
    children: Children,
) -> impl IntoView {
    let page = expect_context::<Page>();
    let help = NodeRef::<html::Dialog>::new();
    let panel = PanelOpen(RwSignal::new(false));
    provide_context(panel);
    provide_context(OwnLines::new(page, panel));
    provide_context(CodeShown(RwSignal::new(Chosen::default())));
    keys::listen(page, expect_context::<Runner>(), help);
    view! {
        <a class="skip" href="#main">"Skip to the timeline"</a>
        <Header help />
        <Notices />
        <div class="workbench">
            <Panel />
            <main class="main" id="main" tabindex="-1">
                <Overview />
                <QuizOfIt />
                <section class="timeline-area" aria-labelledby="timeline-title">
                    <div class="section-head">
                        <h2 id="timeline-title">"Timeline"</h2>
                        <Legend />
                    </div>
                    <div class="timeline-slot">{children()}</div>
                </section>
                <Results />
                <Prediction />
                <Code />
                <About />
                <footer class="footer">
                    <p>
                        "Nothing is uploaded. Scenarios, files and results stay on this machine; a link carries only what you put into it."
                    </p>
                </footer>
            </main>
        </div>
        <KeysDialog node=help />
    }
}
