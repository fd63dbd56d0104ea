//! The promises of a link, over any scenario and any damage.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::{arbitrary::arb_scenario, *};
use crate::scenario::presets::PRESETS;

fn scenario(json: &str) -> Scenario {
    Scenario::from_json(json).expect("valid")
}

fn simple() -> Scenario {
    scenario(
        r#"{"lanes_scenario":1,"title":"fetch and parse","groups":[{"name":"pages","tasks":200,"steps":[
            {"fetch":{"spread":"heavy"}},{"compute":{"kernel":"primes","size":2000}}]}],"lanes":["browser/async","native/hybrid"]}"#,
    )
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// Characters that an address carries unchanged and that no program takes for its end.
fn is_carried(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!()+,/:=?@%".contains(&byte)
}

fn opened(link: &str) -> Result<Scenario, TestCaseError> {
    decode(link).map_err(|error| TestCaseError::fail(error.to_string()))
}

/// A damaged link is refused, or was not damaged where it matters.
fn check_damaged(link: &str, scenario: &Scenario) -> Result<(), TestCaseError> {
    if let Ok(other) = decode(link) {
        prop_assert_eq!(&other, scenario, "{} decodes to another scenario", link);
    }
    Ok(())
}

proptest! {
    #[test]
    fn what_is_encoded_decodes(scenario in arb_scenario()) {
        let link = encode(&scenario).expect("not too large");
        prop_assert!(link.bytes().all(is_carried) && link.ends_with(|c: char| c.is_ascii_alphanumeric()), "{}", link);
        prop_assert_eq!(&opened(&link)?, &scenario);
        prop_assert_eq!(&opened(&format!("#{link}"))?, &scenario);
        prop_assert_eq!(&opened(&url("https://lanes.example/x/?y#z", &scenario).expect("not too large"))?, &scenario);
        prop_assert_eq!(&opened(&percent_encoded(&link))?, &scenario);
        prop_assert_eq!(&opened(&percent_encoded(&percent_encoded(&link)))?, &scenario);
        prop_assert_eq!(&opened(&link.replace('+', " "))?, &scenario);
        prop_assert_eq!(&opened(&format!("{link}&r=later&s="))?, &scenario);
    }

    #[test]
    fn readable_unless_packing_saves_a_fifth(scenario in arb_scenario()) {
        let link = encode(&scenario).expect("not too large");
        let readable = text::write(&Value::Object(without_defaults(&scenario)));
        let packed = encoding::pack(&encoding::plain(&readable).expect("not too large"));
        prop_assert_eq!(link.starts_with("2z."), packed.len() * 5 <= readable.len() * 4);
        prop_assert_eq!(&opened(&format!("2.{readable}"))?, &scenario, "without a check, as by hand");
    }

    #[test]
    fn a_cut_link_never_decodes_to_something_else(scenario in arb_scenario()) {
        let link = encode(&scenario).expect("not too large");
        for end in 0..link.len() {
            let cut = &link[..end];
            match decode(cut) {
                Err(LinkError::Empty) if end == 0 => {}
                // Only the check itself may be missing, and only all of it, from a readable link: then it is whole.
                Ok(same) => prop_assert!(same == scenario && end == link.len() - 7 && link.starts_with("2."), "{}", cut),
                error => prop_assert_eq!(error, Err(LinkError::Truncated), "{}", cut),
            }
        }
    }

    #[test]
    fn a_link_whose_check_alone_is_gone_can_be_told(scenario in arb_scenario()) {
        let link = encode(&scenario).expect("not too large");
        prop_assert!(has_check(&link) && has_check(&format!("https://lanes.example/#{link}&r=later")), "{}", link);
        prop_assert!(!has_check(&link[..link.len() - 7]), "{}", link);
    }

    #[test]
    fn a_changed_character_never_makes_another_scenario(scenario in arb_scenario(), at in any::<prop::sample::Index>(), to in any::<char>()) {
        let link = encode(&scenario).expect("not too large");
        let at = at.index(link.len());
        let changes = "09azAZ-._~!()+,/:=?@%&# '\"é".chars().chain([to]);
        for to in changes {
            let changed = format!("{}{to}{}", &link[..at], &link[at + 1..]);
            check_damaged(&changed, &scenario)?;
        }
        check_damaged(&format!("{}{}", &link[..at], &link[at + 1..]), &scenario)?;
        check_damaged(&format!("{}{to}{}", &link[..at], &link[at..]), &scenario)?;
    }

    #[test]
    fn anything_at_all_is_answered(text in any::<String>(), tail in "[!-~ ]{0,60}") {
        let _ = decode(&text);
        for head in ["", "1.", "1z.", "1.(", "1.(title:", "1.(groups:!((steps:!((", "2.", "9.", "%31."] {
            if let Err(error) = decode(&format!("{head}{tail}")) {
                prop_assert!(error.to_string().contains("link"));
            }
        }
    }
}

#[test]
fn every_changed_character_of_a_checked_link_is_noticed() {
    let long = Scenario { title: "long ".repeat(20), groups: vec![simple().groups[0].clone(); 9], ..simple() };
    for (scenario, head) in [(simple(), "2."), (long, "2z.")] {
        let link = encode(&scenario).expect("not too large");
        assert!(link.starts_with(head));
        for at in 0..link.len() {
            for to in (b' '..=b'~').map(char::from).filter(|to| !link[at..].starts_with(*to)) {
                let changed = format!("{}{to}{}", &link[..at], &link[at + 1..]);
                let is_same_space = to == ' ' && link[at..].starts_with('+');
                assert!(decode(&changed).is_err() != is_same_space, "{changed}");
            }
        }
    }
}

#[test]
fn links_can_be_read_by_people() {
    let links = |expected: Expect, scenario: &Scenario| expected.assert_eq(&encode(scenario).expect("not too large"));
    links(
        expect![
            "2.(title:fetch+and+parse,groups:!((name:pages,tasks:200,steps:!((fetch:(spread:heavy)),(compute:(kernel:primes,size:2000))))),lanes:!(browser/async,native/hybrid))~4v6pg2"
        ],
        &simple(),
    );
    links(
        expect!["2.(groups:!((steps:!((fetch:())))))~macaws"],
        &scenario(r#"{"lanes_scenario":1,"groups":[{"steps":[{"fetch":{}}]}]}"#),
    );
    let scenario = scenario(
        r#"{"lanes_scenario":1,"title":"Größe: 100% (a, b) & #1?","seed":"18446744073709551615","gil_switch_ms":0.1,
            "groups":[{"steps":[{"fetch":{"from":["https://a.example/?x=1&y=%20"],"latency_ms":12.5}}]}]}"#,
    );
    links(
        expect![
            "2.(title:Gr%C3%B6%C3%9Fe:+100!p+!%28a!,+b!%29+!a+!h1?,groups:!((steps:!((fetch:(from:!(https://a.example/?x=1!ay=!p20),latency_ms:12.5))))),gil_switch_ms:0.1,seed:18446744073709551615)~yxmvwj"
        ],
        &scenario,
    );
}

#[test]
fn links_of_presets_fit_anywhere() {
    for preset in &PRESETS {
        let link = url("https://lanes.example/playground/", &preset.scenario()).expect("not too large");
        assert!(link.len() < 2000, "{} has {} characters", preset.id, link.len());
    }
}

#[test]
fn a_scenario_too_large_for_a_link_is_refused_when_it_is_encoded() {
    let address = format!("https://a.example/{}", "x".repeat(1900));
    let fetch = Fetch { from: crate::scenario::From::Urls(vec![address; 200]), ..Fetch::default() };
    let scenario = Scenario { groups: vec![Group { steps: vec![Step::Fetch(fetch)], ..Group::default() }], ..simple() };
    assert_eq!(encode(&scenario), Err(LinkError::TooLarge));
}

#[test]
fn what_is_no_number_is_an_error_by_its_field() {
    let mut scenario = simple();
    scenario.gil_switch_ms = f64::NAN;
    let Err(LinkError::Invalid(problems)) = decode(&encode(&scenario).expect("not too large")) else {
        panic!("not valid")
    };
    assert_eq!(problems[0].field, "gil_switch_ms");
}

#[test]
fn numbers_out_of_range_are_named_by_their_fields() {
    let link =
        "1.(groups:!((steps:!((fetch:(latency_ms:1e300))))),seed:-1,workers:NaN,repeats:-0,gil_switch_ms:1e-400)";
    let Err(LinkError::Invalid(problems)) = decode(link) else { panic!("not valid") };
    let mut fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["gil_switch_ms", "groups[0].steps[0].fetch.latency_ms", "repeats", "seed", "workers"]);
}
