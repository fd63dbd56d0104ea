//! The page that a person sees and uses.
mod app;
pub use app::App;
