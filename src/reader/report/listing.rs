//! The bytes of a zip archive while the list of its entries is read: counted, because the whole list stands in memory afterwards.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::files::{Patience, Patient};

/// How far from its end an archive says how many entries it has: the record itself, and the longest remark behind it.
const END: u64 = 22 + 65_535;
/// What begins the record at the end, and its larger brother.
const RECORD: [u8; 4] = *b"PK\x05\x06";
const LARGE_RECORD: [u8; 4] = *b"PK\x06\x06";

/// An archive's file, of which only so much may be read until the bound is lifted.
#[derive(Debug)]
pub(super) struct Listing {
    file: Patient<File>,
    bound: Bound,
}

/// How much may still be read.
#[derive(Debug, Clone)]
pub(super) struct Bound(Arc<AtomicU64>);

impl Bound {
    /// Returns whether more was asked for than may be read.
    pub(super) fn is_spent(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }

    /// Has everything be read from now on.
    pub(super) fn lift(&self) {
        self.0.store(u64::MAX, Ordering::Relaxed);
    }
}

impl Listing {
    /// Returns the file of an archive, of which so many bytes may be read to list its entries.
    pub(super) fn new(file: File, most: u64, patience: &Patience) -> Self {
        Self {
            file: patience.reader(file),
            bound: Bound(Arc::new(AtomicU64::new(most))),
        }
    }

    /// Returns the bound, to be lifted.
    pub(super) fn bound(&self) -> Bound {
        self.bound.clone()
    }

    /// Lets so many bytes be read from now on: the list was gone through once, and is not kept of that.
    pub(super) fn restart(&self, most: u64) {
        self.bound.0.store(most, Ordering::Relaxed);
    }

    /// Returns how many entries the archive says it has, before any of them is read. Nothing where it does not say so at its end.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub(super) fn entries(&mut self) -> io::Result<Option<u64>> {
        let end = self.seek(SeekFrom::End(0))?;
        let start = end.saturating_sub(END + 4096);
        self.seek(SeekFrom::Start(start))?;
        let mut tail = Vec::new();
        self.by_ref().take(END + 4096).read_to_end(&mut tail)?;
        self.rewind()?;
        let small = last(&tail, RECORD).and_then(|record| {
            Some(End {
                entries: number(record, 10, 2)?,
                size: number(record, 12, 4)?,
                begin: number(record, 16, 4)?,
            })
        });
        let large = last(&tail, LARGE_RECORD).and_then(|record| {
            Some(End {
                entries: number(record, 32, 8)?,
                size: number(record, 40, 8)?,
                begin: number(record, 48, 8)?,
            })
        });
        let end = match (small, large) {
            (Some(small), Some(large)) if small.is_full() => Some(large),
            (small, _) => small,
        };
        if let Some(end) = &end {
            self.refuse_hidden(end)?;
            self.rewind()?;
        }
        Ok(end.map(|end| end.entries))
    }

    /// Refuses a list that has more entries than the archive says: they would not be read. What is no list at all is left to the reader.
    fn refuse_hidden(&mut self, end: &End) -> io::Result<()> {
        const HEAD: usize = 46;
        self.seek(SeekFrom::Start(end.begin))?;
        let mut bytes = BufReader::new(self.by_ref()).take(end.size);
        let mut head = [0; HEAD];
        let mut entries = 0;
        while bytes.read_exact(&mut head).is_ok() && head.starts_with(b"PK\x01\x02") {
            let length = |at| number(&head, at, 2).unwrap_or_default();
            let rest = length(28) + length(30) + length(32);
            io::copy(&mut bytes.by_ref().take(rest), &mut io::sink())?;
            entries += 1;
            if entries > end.entries {
                return Err(io::Error::other(format!(
                    "it says that it has {} entries, and its list has more, which would not be read",
                    end.entries
                )));
            }
        }
        Ok(())
    }
}

/// What the record at the end of an archive says of its list.
struct End {
    entries: u64,
    size: u64,
    begin: u64,
}

impl End {
    /// Returns whether the larger record says more.
    fn is_full(&self) -> bool {
        self.entries == 0xffff || self.size == 0xffff_ffff || self.begin == 0xffff_ffff
    }
}

/// Returns the bytes from the last occurrence of a mark.
fn last(bytes: &[u8], mark: [u8; 4]) -> Option<&[u8]> {
    let at = bytes.windows(4).rposition(|window| window == mark)?;
    bytes.get(at..)
}

/// Reads a number of so many bytes, the lowest first.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let digits = bytes.get(at..at + length)?;
    Some(
        digits
            .iter()
            .rev()
            .fold(0, |number, digit| number << 8 | u64::from(*digit)),
    )
}

impl Read for Listing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.bound.0.load(Ordering::Relaxed);
        if left == 0 {
            return Err(io::Error::other("its list of entries is too long"));
        }
        let most = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let count = self.file.read(buffer.get_mut(..most).unwrap_or_default())?;
        if left < u64::MAX {
            self.bound.0.store(left - count as u64, Ordering::Relaxed);
        }
        Ok(count)
    }
}

impl Seek for Listing {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position)
    }
}
