//! CRC-32 (IEEE), as `zlib.crc32` has it.

/// The CRC-32 of some bytes.
#[cfg(not(target_family = "wasm"))]
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

/// What it is in the page. Without the processor's own instruction it takes 16 KiB of tables; they are made when the first is
/// wanted, because what cannot be compressed is better not sent.
#[cfg(any(target_family = "wasm", test))]
mod made {
    use std::sync::LazyLock;

    use crc::{CRC_32_ISO_HDLC, Crc, Table};

    static CRC: LazyLock<Crc<u32, Table<16>>> = LazyLock::new(|| Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC));

    /// The CRC-32 of some bytes.
    #[must_use]
    pub fn crc32(bytes: &[u8]) -> u32 {
        CRC.checksum(bytes)
    }
}

#[cfg(target_family = "wasm")]
pub use made::crc32;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_is_zlibs() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    proptest! {
        #[test]
        fn the_pages_is_the_same(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(made::crc32(&bytes), crc32(&bytes));
        }
    }
}
