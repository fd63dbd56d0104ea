//! A program as text to be looked at: its words by kind, and two programs side by side. What finds them out is loaded with what
//! writes the programs; whoever draws them needs these words alone.

use serde::{Deserialize, Serialize};

/// What a piece of a program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Names, operators and blanks.
    Plain,
    /// A word of the language.
    Keyword,
    /// What a definition names.
    Defined,
    /// A class or a type.
    Type,
    /// A macro or an attribute.
    Macro,
    /// A text.
    String,
    /// A number.
    Number,
    /// What is written for people.
    Comment,
}

/// A line: its pieces in order, without the newline.
pub type Line = Vec<(Kind, String)>;

/// A row of a comparison; lines are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Row {
    /// The same line on both sides.
    Same {
        /// Its number on the left.
        left: usize,
        /// Its number on the right.
        right: usize,
    },
    /// Lines that differ, or a line that only one side has.
    Differs {
        /// The line on the left, if any.
        left: Option<usize>,
        /// The line on the right, if any.
        right: Option<usize>,
    },
    /// So many equal lines that are not shown.
    Fold(usize),
}

/// Two texts side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// Every line of both.
    pub rows: Vec<Row>,
    /// The same without long stretches that are alike.
    pub folded: Vec<Row>,
}

impl Comparison {
    /// How many rows differ.
    #[must_use]
    pub fn differing(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row, Row::Differs { .. })).count()
    }
}
