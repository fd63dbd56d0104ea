//! How everything is called, written and coloured: what the page, the command line and the verdict say in the same way.
//!
//! Words and colours as data. It does not know what is measured or concluded, and nothing here draws.

pub mod palette;
