//! Pictures of small cases, as letters.

use super::{
    super::{coverage::tests::letters, failures::FailedTasks, model::tests::pictured},
    *,
};

fn measure(text: &str, _: Face) -> f64 {
    text.chars().count() as f64 * 6.0
}

fn scene_of(model: &TimelineModel, view_of: impl Fn(f64) -> Viewport, width: f64, scale: f64) -> Scene {
    let layout = Layout::new(model, width);
    lanes(model, &layout, &view_of(layout.plot_width), scale, 0.0..layout.height, &measure)
}

/// The strips, one line each: upper edge, height, cells.
fn strips(scene: &Scene) -> Vec<String> {
    let line = |strip: &Strip| {
        let cells = &scene.cells[strip.cells..strip.cells + scene.strip_width];
        format!("{} {} {}", strip.y, strip.height, letters(cells))
    };
    scene.strips.iter().map(line).collect()
}

fn texts(scene: &Scene) -> Vec<&str> {
    scene.labels.iter().map(|label| label.text.as_str()).collect()
}

#[test]
fn a_row_for_each_worker() {
    // Plot of 12 px: 20 to the left, 8 to the right.
    let model = pictured("0.0 ccwwww\n1.0 iiiiii\n2.0 ..s...");
    let scene = scene_of(&model, |width| Viewport::fit(6000.0, width), 40.0, 1.0);
    assert_eq!(strips(&scene), ["20 12 CCCCWWWWWWWW", "48 12 ....SS......"], "an idle row is not drawn");
    assert_eq!(scene.backs.iter().filter(|fill| fill.ink == Ink::Idle).count(), 3, "but it has its background");
}

#[test]
fn slots_are_rows_of_their_worker() {
    let model = pictured("0.0 cc....\n0.1 .ww...\n0.2 ..ttss");
    let scene = scene_of(&model, |width| Viewport::fit(6000.0, width), 40.0, 1.0);
    assert_eq!(strips(&scene), ["20 6 CCCC........", "27 6 ..WWWW......", "34 8 ....TTTTSSSS"]);
}

#[test]
fn rows_too_thin_to_be_seen_share_strips() {
    let rows: Vec<String> =
        (0..200).map(|slot| format!("0.{slot} {}", if slot % 4 == 0 { "c" } else { "w" })).collect();
    let scene = scene_of(&pictured(&rows.join("\n")), |width| Viewport::fit(1000.0, width), 30.0, 1.0);
    let height = scene.strips.iter().map(|strip| strip.height).sum::<i32>();
    assert!(scene.strips.iter().all(|strip| strip.height >= 3), "{:?}", scene.strips);
    // Seven rows in each; a line below those that are tall enough.
    assert_eq!(scene.strips.len(), 29);
    assert!((80..=98).contains(&height), "{height}");
}

#[test]
fn only_what_is_in_the_window_is_drawn() {
    let mut model = pictured("0.0 cccc");
    let head = model.lanes()[0].head.clone();
    let lane = |rows| super::super::model::LaneHead::new("native/threads".parse().unwrap()).with_rows(rows);
    model.set_lanes(vec![lane(vec![1]), head, lane(vec![1; 2])]);
    let layout = Layout::new(&model, 200.0);
    let view = Viewport::fit(4000.0, layout.plot_width);
    let scene = |window: std::ops::Range<f64>| lanes(&model, &layout, &view, 1.0, window, &measure);
    let whole = scene(0.0..layout.height);
    assert_eq!((whole.strips.len(), whole.height), (1, layout.height as u32));
    let second = layout.lanes[1].y;
    let part = scene(second..second + 20.0);
    assert_eq!((part.height, texts(&part)[0]), (20, "native/async"));
    assert!(part.strips.is_empty(), "its rows are below");
    let part = scene(second + 20.0..second + 40.0);
    assert_eq!(part.strips[0].y, 0, "heights count from the window's upper edge");
    assert!(!texts(&part).contains(&"native/threads"));
}

#[test]
fn failed_tasks_are_hatched_and_their_numbers_stay_legible() {
    let mut model = pictured("0.0 ccccwwww");
    let mut tally = lanes_core::trace::Tally::new(0);
    tally.task_done(0, 1);
    tally.task_failed(1, "refused".to_owned(), 1);
    model.finish_run(0, Some(8000), FailedTasks::of(&[tally]));
    let scene = scene_of(&model, |width| Viewport::fit(8000.0, width), 200.0, 1.0);
    let middle = 20 + scene.strip_width as i32 / 2;
    assert_eq!(scene.hatches, [Hatch { x: middle, y: 20, width: scene.strip_width as i32 / 2, height: 12 }]);
    let grounds: Vec<&Fill> = scene.marks.iter().filter(|fill| fill.ink == Ink::State(State::WaitIo)).collect();
    assert_eq!(grounds.len(), 1, "below the number of task 1 alone");
    assert!(grounds[0].x > middle && grounds[0].width < 20);
    assert_eq!(
        scene.labels.last().map(|label| (label.text.as_str(), label.ink)),
        Some(("1", Ink::OnState(State::WaitIo)))
    );
}

#[test]
fn device_pixels_are_used() {
    let model = pictured("0.0 c.w.");
    let scene = scene_of(&model, |width| Viewport::fit(4000.0, width), 32.0, 2.0);
    assert_eq!(strips(&scene), ["40 24 CC..WW.."]);
    assert_eq!((scene.width, scene.height, scene.strip_x), (64, 88, 40));
}

#[test]
fn zoomed_in_a_span_may_begin_and_end_off_screen() {
    let model = pictured("0.0 ccccccccwwww");
    let view = |width_px| Viewport { start_ns: 4000.0, end_ns: 10_000.0, width_px };
    assert_eq!(strips(&scene_of(&model, view, 40.0, 1.0)), ["20 12 CCCCCCCCWWWW"]);
    let beyond = |width_px| Viewport { start_ns: 50_000.0, end_ns: 60_000.0, width_px };
    assert_eq!(strips(&scene_of(&model, beyond, 40.0, 1.0)), Vec::<String>::new());
}

#[test]
fn headers_and_tasks_are_named() {
    let mut model = pictured("0.0 ccccwwww\n1.0 .......s");
    let view = |width| Viewport::fit(8000.0, width);
    assert_eq!(
        texts(&scene_of(&model, view, 600.0, 1.0)),
        ["native/async", "real", "3 done · 8.00 µs", "0", "0", "1", "1", "2"],
        "name, label, progress; worker 0 and its tasks 0 and 1; worker 1 and its task 2"
    );
    model.finish_run(0, Some(8000), FailedTasks::default());
    model.set_status(0, "200 of 200 in 8 µs and a long story".to_owned());
    assert_eq!(texts(&scene_of(&model, view, 250.0, 1.0))[2], "200 of 200 in 8 µs…");
}

#[test]
fn a_live_run_has_an_edge_and_so_has_its_end() {
    let mut model = pictured("0.0 cccc");
    let marks = |model: &TimelineModel| scene_of(model, |width| Viewport::fit(8000.0, width), 40.0, 1.0).marks;
    assert_eq!(marks(&model), [Fill { x: 25, y: 18, width: 2, height: 16, ink: Ink::Accent }]);
    model.finish_run(0, Some(6000), FailedTasks::default());
    assert_eq!(marks(&model), [Fill { x: 29, y: 18, width: 1, height: 16, ink: Ink::TextMuted }]);
}

#[test]
fn the_ruler_keeps_its_labels_inside() {
    let model = pictured("0.0 cccc");
    let layout = Layout::new(&model, 360.0);
    let scene = ruler(&layout, &Viewport::fit(100e6, layout.plot_width), 2.0, &measure);
    assert_eq!(texts(&scene), ["0", "50 ms", "100 ms"]);
    assert!(scene.labels.iter().all(|label| label.x >= 6.0 && label.x <= 720.0 - 6.0));
}
