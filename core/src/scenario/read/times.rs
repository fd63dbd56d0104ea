//! When the tasks of a group may begin: how they come over time, and which group they wait for.

use super::{
    fields::Fields,
    values::{number, spread},
};
use crate::scenario::{
    arrive::{Arrive, Pace},
    data::Group,
    limits,
    problem::Problem,
    spread::Spread,
};

pub(super) fn read_arrive(fields: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Option<Arrive> {
    fields.known.push("arrive");
    let path = fields.at("arrive");
    let mut fields = Fields::of(fields.map.get("arrive").filter(|value| !value.is_null())?, path.clone(), problems)?;
    let before = problems.len();
    let [every, rate] = [("every_ms", &limits::ARRIVE_EVERY_MS), ("rate_per_s", &limits::ARRIVE_RATE_PER_S)]
        .map(|(key, range)| fields.take(key, None, problems, |v| number(v, *range.start(), *range.end()).map(Some)));
    let spread = fields.take("spread", Spread::Even, problems, spread);
    fields.finish(problems);
    let pace = match (every, rate) {
        (Some(ms), None) => Pace::EveryMs(ms),
        (None, Some(rate)) => Pace::RatePerS(rate),
        (None, None) => {
            // One that is there and wrong has been named.
            if problems.len() == before {
                let message = "should say how fast tasks come: every_ms, the milliseconds from one to the next, or \
                               rate_per_s, how many come a second";
                problems.push(Problem { field: path, message: message.into() });
            }
            return None;
        }
        (Some(_), Some(_)) => {
            let message = "says how fast tasks come twice: keep every_ms or rate_per_s";
            problems.push(Problem { field: path, message: message.into() });
            return None;
        }
    };
    Some(Arrive { pace, spread })
}

/// Checks that every group that waits for another one waits for one that there is, and before it.
pub(super) fn check_stages(groups: &[Group], problems: &mut Vec<Problem>) {
    for (number, group) in groups.iter().enumerate().filter(|(_, group)| !group.after.is_empty()) {
        let field = format!("groups[{number}].after");
        let after = &group.after;
        let bearers: Vec<usize> = (0..groups.len()).filter(|other| groups[*other].name == *after).collect();
        let message = match bearers[..] {
            [] => format!("“{after}” is not the name of a group; it should be that of a group before this one"),
            [one] if one >= number => {
                format!("“{after}” does not come before this group: put the group that is waited for first")
            }
            [_] => {
                if group.arrive.is_some() {
                    problems.push(Problem {
                        field: format!("groups[{number}].arrive"),
                        message:
                            "does not go with after: the tasks of a stage are all there when it begins; leave one \
                                  of the two out"
                                .into(),
                    });
                }
                continue;
            }
            _ => format!("{} groups are called “{after}”: give each a name of its own", bearers.len()),
        };
        problems.push(Problem { field, message });
    }
}
