//! Whether the user's file can still be read: it may have been deleted or changed since it was chosen.

use wasm_bindgen_futures::JsFuture;
use web_sys::File;

/// The user's file is not any more what was chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name} was deleted, moved or changed since it was chosen, so it cannot be read. Choose it again, then run again."
)]
pub struct UnreadableFile {
    /// The file's name.
    pub name: String,
}

/// Reads a byte at each end of a file: browsers refuse what is gone, and most what has changed.
///
/// # Errors
/// When the file cannot be read.
pub async fn check_readable(file: &File) -> Result<(), UnreadableFile> {
    let end = file.size();
    let unreadable = || UnreadableFile { name: file.name() };
    for start in [0.0, (end - 1.0).max(0.0)] {
        let byte = file.slice_with_f64_and_f64(start, (start + 1.0).min(end)).map_err(|_| unreadable())?;
        JsFuture::from(byte.array_buffer()).await.map_err(|_| unreadable())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_names_the_file_and_says_what_to_do() {
        let said = UnreadableFile { name: "words.txt".into() }.to_string();
        assert!(said.contains("words.txt") && said.contains("Choose it again"), "{said}");
    }
}
