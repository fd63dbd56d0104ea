//! Two programs side by side: which lines stand beside each other, and which long stretches are alike. No page, no markup.

use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};
use lanes_core::export::listing::{Comparison, Row};

/// So many equal lines are kept around what differs.
const CONTEXT: usize = 3;
/// A stretch of equal lines that is shorter than this is not worth folding.
const LEAST_FOLD: usize = 4;

/// Two texts side by side.
pub(super) fn compare(left: &str, right: &str) -> Comparison {
    let rows = rows(left, right);
    Comparison { folded: fold(&rows), rows }
}

fn rows(left: &str, right: &str) -> Vec<Row> {
    let input = InternedInput::new(left, right);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    // Slides what was added or removed to where a person would have put it.
    diff.postprocess_lines(&input);
    let (mut rows, mut at) = (Vec::new(), (0, 0));
    let end = (input.before.len(), input.after.len());
    let hunks = diff.hunks().map(|hunk| {
        let of = |range: Range<u32>| range.start as usize..range.end as usize;
        (of(hunk.before), of(hunk.after))
    });
    for (old, new) in hunks.chain([(end.0..end.0, end.1..end.1)]) {
        rows.extend((at.0..old.start).zip(at.1..new.start).map(|(left, right)| Row::Same { left, right }));
        let of = |range: &Range<usize>, i| (i < range.len()).then(|| range.start + i);
        rows.extend((0..old.len().max(new.len())).map(|i| Row::Differs { left: of(&old, i), right: of(&new, i) }));
        at = (old.end, new.end);
    }
    rows
}

fn fold(rows: &[Row]) -> Vec<Row> {
    let is_same = |row: &Row| matches!(row, Row::Same { .. });
    let mut folded = Vec::new();
    let mut at = 0;
    for stretch in rows.chunk_by(|a, b| is_same(a) == is_same(b)) {
        let end = at + stretch.len();
        // Context only towards something that differs.
        let before = if at == 0 { 0 } else { CONTEXT };
        let after = if end == rows.len() { 0 } else { CONTEXT };
        if is_same(&stretch[0]) && stretch.len() >= before + after + LEAST_FOLD {
            folded.extend_from_slice(&stretch[..before]);
            folded.push(Row::Fold(stretch.len() - before - after));
            folded.extend_from_slice(&stretch[stretch.len() - after..]);
        } else {
            folded.extend_from_slice(stretch);
        }
        at = end;
    }
    folded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The comparison as a picture: `a|b` a row, `.` for nothing, `~` between equal lines.
    fn picture(left: &str, right: &str, folded: bool) -> Vec<String> {
        let (l, r): (Vec<&str>, Vec<&str>) = (left.lines().collect(), right.lines().collect());
        let side = |lines: &[&str], at: Option<usize>| at.map_or(".", |at| lines[at]).to_owned();
        let compared = compare(left, right);
        let rows = if folded { compared.folded } else { compared.rows };
        rows.iter()
            .map(|row| match row {
                Row::Same { left, right } => format!("{}~{}", l[*left], r[*right]),
                Row::Differs { left, right } => format!("{}|{}", side(&l, *left), side(&r, *right)),
                Row::Fold(lines) => format!("({lines})"),
            })
            .collect()
    }

    #[test]
    fn lines_stand_beside_what_they_became() {
        assert_eq!(picture("a\nb\nc\n", "a\nx\ny\nc\nd\n", false), ["a~a", "b|x", ".|y", "c~c", ".|d"]);
    }

    #[test]
    fn long_equal_stretches_are_folded_up_to_what_differs() {
        let same: String = (0..12).map(|i| format!("{i}\n")).collect();
        let (left, right) = (format!("{same}a\n{same}"), format!("{same}b\n{same}"));
        assert_eq!(picture(&left, &right, true), ["(9)", "9~9", "10~10", "11~11", "a|b", "0~0", "1~1", "2~2", "(9)"]);
        assert_eq!(picture(&same, &same, true), ["(12)"]);
    }

    proptest! {
        #[test]
        fn every_line_of_both_is_there_once_and_in_order(left in "([abc]\n){0,12}", right in "([abc]\n){0,12}") {
            let compared = compare(&left, &right);
            let rows = &compared.rows;
            let lefts: Vec<usize> = rows.iter().filter_map(|row| match row {
                Row::Same { left, .. } => Some(*left),
                Row::Differs { left, .. } => *left,
                Row::Fold(_) => None,
            }).collect();
            let rights: Vec<usize> = rows.iter().filter_map(|row| match row {
                Row::Same { right, .. } => Some(*right),
                Row::Differs { right, .. } => *right,
                Row::Fold(_) => None,
            }).collect();
            prop_assert_eq!(lefts, (0..left.lines().count()).collect::<Vec<_>>());
            prop_assert_eq!(rights, (0..right.lines().count()).collect::<Vec<_>>());
            prop_assert_eq!(compared.differing() == 0, left == right);
        }
    }
}
