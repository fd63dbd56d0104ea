//! How everything is called, written and coloured: what the page, the command line and the verdict say in the same way.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`number`], [`time`] | numbers and their units, to three significant digits |
//! | [`words`] | models, places, lanes, states, the job in one line |
//! | [`lock`] | what a scenario says about the interpreter lock where that makes no difference |
//! | [`footnotes`] | what there is to say about a lane beside its numbers |
//! | [`server`] | what a simulated server can do, and what a lane met of it |
//! | [`palette`] | colours and glyphs of states |
//!
//! Texts as data. It does not know what is measured or concluded, and nothing here draws. A number and its unit are
//! parted by an ordinary blank, so that whatever is printed can be searched for; where lines are broken by somebody else,
//! [`unbroken`] keeps them together.

pub mod footnotes;
pub mod lock;
pub mod number;
pub mod palette;
pub mod server;
pub mod time;
pub mod words;

pub use number::{bytes, count, list, of, plain, rate, sentence, share, times};
pub use time::{deviating, deviation, duration, duration_parts, offset};
pub use words::{NBSP, unbroken};
