//! Bodies as servers send them that compress whatever is asked for: not smaller, only in the format.

/// As gzip.
///
/// # Panics
/// With more than 64 KiB.
#[must_use]
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let head = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];
    let check = lanes_core::body::digest(bytes) as u32;
    let length = bytes.len() as u32;
    [&head[..], &stored(bytes), &check.to_le_bytes(), &length.to_le_bytes()].concat()
}

/// As zlib, which HTTP calls `deflate`.
///
/// # Panics
/// With more than 64 KiB.
#[must_use]
pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    // Adler-32.
    let (a, b) = bytes.iter().fold((1u32, 0u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    [&[0x78, 1], &stored(bytes)[..], &(b << 16 | a).to_be_bytes()].concat()
}

/// A single block that says everything as it is.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("64 KiB at most");
    [&[1], &length.to_le_bytes()[..], &(!length).to_le_bytes(), bytes].concat()
}
