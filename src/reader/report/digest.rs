//! The digest of a report's bytes, by which a submission is known, whatever reads them.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

/// Whether the bytes of a report are digested while it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digest {
    /// They are: a submission is known by them.
    Made,
    /// They are not: who only looks saves the time.
    Left,
}

/// A reader that digests what passes.
pub(super) struct Digested<R> {
    inner: R,
    hasher: Option<Sha256>,
}

impl<R: Read> Digested<R> {
    pub(super) fn new(inner: R, digest: Digest) -> Self {
        Self {
            inner,
            hasher: (digest == Digest::Made).then(Sha256::new),
        }
    }

    /// Reads what nobody has read, and returns the digest of all; zeros where none is made.
    pub(super) fn finish(mut self) -> io::Result<[u8; 32]> {
        if self.hasher.is_some() {
            io::copy(&mut self, &mut io::sink())?;
        }
        Ok(self
            .hasher
            .map(|hasher| hasher.finalize().into())
            .unwrap_or_default())
    }
}

impl<R: Read> Read for Digested<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(buffer.get(..count).unwrap_or_default());
        }
        Ok(count)
    }
}
