//! How a link's text is encoded: percent-encoding, compression, and the check at its end. It knows nothing of what the
//! text says.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use miniz_oxide::{deflate::compress_to_vec, inflate::TINFLStatus, inflate::decompress_to_vec_with_limit};

use super::{error::LinkError, limits::MAX_TEXT_BYTES};
use crate::crc::crc32;

/// How often a link may have been percent-encoded.
const MAX_ENCODINGS: usize = 4;
/// Digits of the check: Crockford's base 32, which has no letters that look alike.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters of the check.
const CHECK_CHARS: usize = 6;

/// The link with every `%XX` decoded, however often it was encoded, and with `+` for every space.
///
/// Raw tabs and line breaks are dropped, as browsers do with those in an address.
pub(super) fn plain(link: &str) -> Result<String, LinkError> {
    let mut text: String = link.chars().filter(|c| !matches!(c, '\t' | '\r' | '\n')).collect();
    for _ in 0..MAX_ENCODINGS {
        if !text.contains('%') {
            break;
        }
        text = percent_decoded(&text)?;
    }
    match text.find('%') {
        Some(at) => Err(not_an_encoding(&text[at..])),
        None => Ok(text.replace(' ', "+")),
    }
}

fn percent_decoded(text: &str) -> Result<String, LinkError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at..];
        let byte = rest.get(1..3).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(hex) = byte else {
            let is_cut = rest.len() < 3 && rest[1..].bytes().all(|b| b.is_ascii_hexdigit());
            return Err(if is_cut { LinkError::Truncated } else { not_an_encoding(rest) });
        };
        bytes.push(u8::from_str_radix(hex, 16).expect("two hexadecimal digits"));
        rest = &rest[3..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).map_err(|error| match error.utf8_error().error_len() {
        None => LinkError::Truncated,
        Some(_) => LinkError::Damaged,
    })
}

fn not_an_encoding(rest: &str) -> LinkError {
    LinkError::garbled("“!p” for a percent sign, or two hexadecimal digits after it", rest)
}

/// The check of `plain`, which is everything of a scenario's part before the `~`.
pub(super) fn check(plain: &str) -> String {
    let crc = crc32(plain.as_bytes());
    (0..CHECK_CHARS).rev().map(|digit| DIGITS[(crc >> (5 * digit)) as usize % DIGITS.len()] as char).collect()
}

/// What is before the check, the check, and what is after it, if there is a whole one.
pub(super) fn split_check(plain: &str) -> Option<(&str, &str, &str)> {
    let (before, tail) = plain.rsplit_once('~')?;
    let (check, after) = tail.split_at_checked(CHECK_CHARS).filter(|(check, _)| is_digits(check))?;
    Some((before, check, after))
}

/// Whether `text` could be a check that was cut.
pub(super) fn is_start_of_check(text: &str) -> bool {
    text.len() < CHECK_CHARS && is_digits(text)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| DIGITS.contains(&b))
}

/// Deflated and written in base64url.
pub(super) fn pack(plain: &str) -> String {
    const BEST: u8 = 10;
    URL_SAFE_NO_PAD.encode(compress_to_vec(plain.as_bytes(), BEST))
}

/// The text that was packed.
pub(super) fn unpack(packed: &str) -> Result<String, LinkError> {
    let bytes = URL_SAFE_NO_PAD.decode(packed).map_err(|_| LinkError::Damaged)?;
    let text = decompress_to_vec_with_limit(&bytes, MAX_TEXT_BYTES).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => LinkError::TooLarge,
        _ => LinkError::Damaged,
    })?;
    String::from_utf8(text).map_err(|_| LinkError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_taken_off_however_many_there_are() {
        for link in [
            "a b/é",
            "a+b/%C3%A9",
            "a%20b/é",
            "a%2Bb%2f%c3%a9",
            "%61+b%252F%25C3%25A9",
            "a+\r\n b/é".replace(' ', "").as_str(),
        ] {
            assert_eq!(plain(link).as_deref(), Ok("a+b/é"), "{link}");
        }
    }

    #[test]
    fn a_cut_encoding_is_told_from_a_stray_percent_sign() {
        for cut in ["a%", "a%C", "a%C3", "a%E2%82", "a%25", "a%25C"] {
            assert_eq!(plain(cut), Err(LinkError::Truncated), "{cut}");
        }
        for stray in ["100%+sure", "a%zz", "%é", "%+", "%€€"] {
            assert!(matches!(plain(stray), Err(LinkError::Garbled { .. })), "{stray}");
        }
        assert_eq!(plain("%FFa"), Err(LinkError::Damaged));
    }

    #[test]
    fn the_check_is_a_crc_32() {
        // The CRC-32 of this text is cbf43926, whose low 30 bits are 00101 11111 01000 01110 01001 00110.
        assert_eq!(check("123456789"), "5z8e96");
    }

    #[test]
    fn a_bomb_is_refused() {
        let bomb = pack(&"a".repeat(MAX_TEXT_BYTES + 1));
        assert!(bomb.len() < 1000);
        assert_eq!(unpack(&bomb), Err(LinkError::TooLarge));
        assert_eq!(unpack(&pack(&"a".repeat(MAX_TEXT_BYTES))).map(|text| text.len()), Ok(MAX_TEXT_BYTES));
    }
}
