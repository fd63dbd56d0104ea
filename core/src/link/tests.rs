//! The promises of a link, over any scenario and any damage.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::{arbitrary::arb_scenario, *};

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

/// What `link` decodes to, if to anything: the scenario it was made from.
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
        prop_assert_eq!(decode(&link).as_ref(), Ok(&scenario));
        prop_assert_eq!(decode(&format!("#{link}")).as_ref(), Ok(&scenario));
        prop_assert_eq!(decode(&url("https://lanes.example/x/?y#z", &scenario).unwrap()).as_ref(), Ok(&scenario));
        prop_assert_eq!(decode(&percent_encoded(&link)).as_ref(), Ok(&scenario));
        prop_assert_eq!(decode(&percent_encoded(&percent_encoded(&link))).as_ref(), Ok(&scenario));
        prop_assert_eq!(decode(&link.replace('+', " ")).as_ref(), Ok(&scenario));
        prop_assert_eq!(decode(&format!("{link}&r=later&s=")).as_ref(), Ok(&scenario));
    }

    #[test]
    fn readable_unless_packing_saves_a_fifth(scenario in arb_scenario()) {
        let link = encode(&scenario).unwrap();
        let readable = text::write(&Value::Object(without_defaults(&scenario)));
        let packed = armour::pack(&armour::plain(&readable).unwrap());
        prop_assert_eq!(link.starts_with("1z."), packed.len() * 5 <= readable.len() * 4);
        prop_assert_eq!(decode(&format!("1.{readable}")).as_ref(), Ok(&scenario), "without a check, as by hand");
    }

    #[test]
    fn a_cut_link_never_decodes_to_something_else(scenario in arb_scenario()) {
        let link = encode(&scenario).unwrap();
        for end in 0..link.len() {
            let cut = &link[..end];
            match decode(cut) {
                Err(LinkError::Empty) if end == 0 => {}
                // Only the check itself may be missing, and only all of it, from a readable link: then it is whole.
                Ok(same) => prop_assert!(same == scenario && end == link.len() - 7 && link.starts_with("1."), "{}", cut),
                error => prop_assert_eq!(error, Err(LinkError::Truncated), "{}", cut),
            }
        }
    }

    #[test]
    fn a_changed_character_never_makes_another_scenario(scenario in arb_scenario(), at in any::<prop::sample::Index>(), to in any::<char>()) {
        let link = encode(&scenario).unwrap();
        let at = at.index(link.len());
        let changes = "09azAZ-._~!()+,/:=?@%&# '\"é".chars().chain([to]);
        for to in changes {
            let changed = format!("{}{to}{}", &link[..at], &link[at + 1..]);
            // A “#” begins a fragment: what is before it is taken for the page's address, so it is read as cut off.
            check_damaged(&changed, &scenario)?;
        }
        check_damaged(&format!("{}{}", &link[..at], &link[at + 1..]), &scenario)?;
        check_damaged(&format!("{}{to}{}", &link[..at], &link[at..]), &scenario)?;
    }

    #[test]
    fn anything_at_all_is_answered(text in any::<String>(), tail in "[!-~ ]{0,60}") {
        let _ = decode(&text);
        for head in ["", "1.", "1z.", "1.(", "1.(title:", "1.(groups:!((steps:!((", "2.", "%31."] {
            if let Err(error) = decode(&format!("{head}{tail}")) {
                prop_assert!(error.to_string().contains("link"));
            }
        }
    }
}

#[test]
fn every_changed_character_of_a_checked_link_is_noticed() {
    let long = Scenario { title: "long ".repeat(20), groups: simple().groups.repeat(9), ..simple() };
    for (scenario, head) in [(simple(), "1."), (long, "1z.")] {
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
        expect!["1.(title:fetch+and+parse,groups:!((name:pages,tasks:200,steps:!((fetch:(spread:heavy)),(compute:(kernel:primes,size:2000))))),lanes:!(browser/async,native/hybrid))~0"],
        &simple(),
    );
    links(expect!["1.(groups:!((steps:!((fetch:())))))~0"], &scenario(r#"{"lanes_scenario":1,"groups":[{"steps":[{"fetch":{}}]}]}"#));
    let scenario = scenario(
        r#"{"lanes_scenario":1,"title":"Größe: 100% (a, b) & #1?","seed":"18446744073709551615","gil_switch_ms":0.1,
            "groups":[{"steps":[{"fetch":{"from":["https://a.example/?x=1&y=%20"],"latency_ms":12.5}}]}]}"#,
    );
    links(expect!["1"], &scenario);
}

#[test]
fn every_error_says_what_to_do() {
    let check = |link: &str, expected: Expect| {
        expected.assert_eq(&decode(link).expect_err("not a link").to_string());
    };
    let packed = |text: &str| format!("1z.{}", armour::pack(text));
    let checked = |link: String| format!("{link}~{}", armour::check(&link));
    check("", expect![""]);
    check("https://lanes.example/", expect![""]);
    check("#token=1234", expect![""]);
    check("about", expect![""]);
    check("2.(grid:yes)", expect![""]);
    check("12zz.AAAA", expect![""]);
    check("1.(groups:!((steps:!((fetch:(", expect![""]);
    check("1z.AAAA", expect![""]);
    check("1.(groups:!((steps:!((fetch:())))))~abcdef", expect![""]);
    check("1z.AAAA~abcdef", expect![""]);
    check("1z.AAAA~abcdef).", expect![""]);
    check("1.(groups:!((steps:!((fetch:()))))).", expect![""]);
    check("1.(groups=!((steps:!((fetch:())))))", expect![""]);
    check("1.(groups:!((steps:!((fetch:())))),title:a(b))", expect![""]);
    check("1.(groups:!((steps:!((fetch:(latency_ms:1e400)))))", expect![""]);
    check("1.(groups:!((steps:!((fetch:(latency_ms:1e300))))),seed:-1,workers:NaN,repeats:-0)", expect![""]);
    check("1.(lanes_scenario:1)", expect![""]);
    check("1.(title:a,title:b)", expect![""]);
    check("1.()&x", expect![""]);
    check(&format!("1.{}", "(a:".repeat(100_000)), expect![""]);
    check(&format!("1.(a:{}", "!(".repeat(100_000)), expect![""]);
    check(&checked(packed(&"a".repeat(MAX_TEXT_BYTES + 1))), expect![""]);
    check(&"1".repeat(MAX_LINK_BYTES + 1), expect![""]);
    check(&checked(packed("(title:")), expect![""]);
    check(&checked("1z.A".into()), expect![""]);
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
    let Err(LinkError::Invalid(problems)) = decode(&encode(&scenario).expect("not too large")) else { panic!("not valid") };
    assert_eq!(problems[0].field, "gil_switch_ms");
}
