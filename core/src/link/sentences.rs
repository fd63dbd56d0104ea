//! What each kind of bad link is answered with.

use expect_test::{Expect, expect};

use super::*;

#[test]
fn every_error_says_what_to_do() {
    let check = |link: &str, expected: Expect| {
        expected.assert_eq(&decode(link).expect_err("not a link").to_string());
    };
    let packed = |text: &str| format!("1z.{}", encoding::pack(text));
    let checked = |link: String| format!("{link}~{}", encoding::check(&link));
    check(
        "",
        expect![
            "there is no scenario in this link: nothing follows its #. Ask for the whole link, or start from a preset"
        ],
    );
    check(
        "https://lanes.example/",
        expect![
            "there is no scenario in this link: nothing follows its #. Ask for the whole link, or start from a preset"
        ],
    );
    check(
        "#token=1234",
        expect![
            "this is not a link to a scenario: what follows # should start with a version, such as “2.” or “2z.”. Check that you copied it from Share, or start from a preset"
        ],
    );
    check(
        "about",
        expect![
            "this is not a link to a scenario: what follows # should start with a version, such as “2.” or “2z.”. Check that you copied it from Share, or start from a preset"
        ],
    );
    check(
        "9.(grid:yes)",
        expect![
            "this link was made by a newer Lanes (version 9 of the format; this one reads up to 2). Reload the page or update, then open the link again"
        ],
    );
    check(
        "12zz.AAAA",
        expect![
            "this link was made by a newer Lanes (version 12 of the format; this one reads up to 2). Reload the page or update, then open the link again"
        ],
    );
    check(
        "1.(groups:!((steps:!((fetch:(",
        expect![
            "this link has been cut short, as mail and chat programs do with long ones. Copy it again from where it is whole, or ask for the scenario as a file"
        ],
    );
    check(
        "1z.AAAA",
        expect![
            "this link has been cut short, as mail and chat programs do with long ones. Copy it again from where it is whole, or ask for the scenario as a file"
        ],
    );
    check(
        "1.(groups:!((steps:!((fetch:())))))~abcdef",
        expect![
            "this link does not fit its check: it was damaged on its way, or edited. Copy it again, or, if you edited it, remove “~abcdef” from its end"
        ],
    );
    check(
        "1z.AAAA~abcdef",
        expect![
            "this link has been damaged on its way: what it holds does not fit its check. Copy it again or ask for it anew"
        ],
    );
    check(
        &format!("{}).", checked("1.(groups:!((steps:!((fetch:())))))".into())),
        expect!["this link is damaged or mistyped: expected its end at “).”. Correct that, or copy it again"],
    );
    check(
        "1z.AAAA~abcdef).",
        expect![
            "this link has been damaged on its way: what it holds does not fit its check. Copy it again or ask for it anew"
        ],
    );
    check(
        "1.(groups:!((steps:!((fetch:()))))).",
        expect!["this link is damaged or mistyped: expected its end at “.”. Correct that, or copy it again"],
    );
    check(
        "1.(groups=!((steps:!((fetch:())))))",
        expect![
            "this link is damaged or mistyped: expected a field and “:” at “groups=!((steps:!((fetch…”. Correct that, or copy it again"
        ],
    );
    check(
        "1.(groups:!((steps:!((fetch:())))),title:a(b))",
        expect![
            "this link is damaged or mistyped: expected “!(” for a bracket in a text at “(b))”. Correct that, or copy it again"
        ],
    );
    check(
        "1.(groups:!((steps:!((fetch:(latency_ms:1e400)))))",
        expect![
            "this link is damaged or mistyped: expected a smaller number at “1e400”. Correct that, or copy it again"
        ],
    );
    check(
        "1.(lanes_scenario:1)",
        expect![
            "this link was read, but its scenario is not valid: lanes_scenario: has no place in a link, which says its version before the first full stop. Correct it in the link, or ask for it anew"
        ],
    );
    check(
        "1.(title:a,title:b)",
        expect![
            "this link is damaged or mistyped: expected a field that is not there already at “title:b)”. Correct that, or copy it again"
        ],
    );
    check(
        "1.()&x",
        expect![
            "this link is damaged or mistyped: expected a part such as “r=…” after “&” at “x”. Correct that, or copy it again"
        ],
    );
    check(
        &format!("1.{}", "(a:".repeat(100_000)),
        expect!["this scenario is too large for a link (the most is 256 KiB of text). Pass it on as a file instead"],
    );
    check(
        &format!("1.(a:{}", "!(".repeat(100_000)),
        expect![
            "this link is damaged or mistyped: expected fewer brackets inside each other at “!(!(!(!(!(!(!(!(!(!(!(!(…”. Correct that, or copy it again"
        ],
    );
    check(
        &checked(packed(&"a".repeat(MAX_TEXT_BYTES + 1))),
        expect!["this scenario is too large for a link (the most is 256 KiB of text). Pass it on as a file instead"],
    );
    check(
        &"1".repeat(MAX_LINK_BYTES + 1),
        expect!["this scenario is too large for a link (the most is 256 KiB of text). Pass it on as a file instead"],
    );
    check(
        &checked(packed("(title:")),
        expect![
            "this link has been cut short, as mail and chat programs do with long ones. Copy it again from where it is whole, or ask for the scenario as a file"
        ],
    );
    check(
        &checked("1z.A".into()),
        expect![
            "this link has been damaged on its way: what it holds does not fit its check. Copy it again or ask for it anew"
        ],
    );
}
