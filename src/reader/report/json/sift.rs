//! Bounds what a JSON library would hold without end, piece by piece and before it sees it: the length of texts, and how deep
//! values nest. Half a surrogate pair, which JavaScript writes where it cuts a text, becomes U+FFFD.

/// How long a text may be, in bytes; what is more is left out.
const TEXT: usize = 1024 * 1024;
/// How deep values may nest. The library's own limit is 128.
pub(super) const DEPTH: usize = 120;
const REPLACEMENT: &[u8] = b"\\ufffd";

/// Where the sieve stands.
#[derive(Debug, Clone, Copy, Default)]
enum Inside {
    #[default]
    Value,
    Text,
    /// Behind a backslash.
    Escape,
    /// In the digits behind `\u`: how many were seen, and their value.
    Digits(u8, u16),
}

/// What has been seen of a document.
#[derive(Debug, Default)]
pub(super) struct Sift {
    inside: Inside,
    depth: usize,
    too_deep: bool,
    /// How long the present text is so far.
    length: usize,
    cut: u64,
    /// The first half of a surrogate pair, until the second is seen.
    half: Option<u16>,
}

impl Sift {
    /// Returns how many texts were cut.
    pub(super) fn cut(&self) -> u64 {
        self.cut
    }

    pub(super) fn is_too_deep(&self) -> bool {
        self.too_deep
    }

    /// Passes on what may be passed on.
    pub(super) fn pass(&mut self, chunk: &str, out: &mut Vec<u8>) {
        let mut rest = chunk.as_bytes();
        while let [first, behind @ ..] = rest {
            match self.inside {
                Inside::Value => rest = self.value(rest, out),
                Inside::Text => rest = self.text(rest, out),
                Inside::Escape => {
                    rest = behind;
                    self.escape(*first, out);
                }
                Inside::Digits(count, value) => {
                    rest = behind;
                    self.digit((count, value), *first, out);
                }
            }
        }
    }

    /// Takes everything up to the beginning of a text.
    fn value<'a>(&mut self, bytes: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        let length = bytes.iter().position(|byte| {
            match byte {
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                b'"' => return true,
                _ => {}
            }
            self.too_deep |= self.depth > DEPTH;
            false
        });
        let end = length.map_or(bytes.len(), |length| length + 1);
        if length.is_some() {
            self.inside = Inside::Text;
            self.length = 0;
        }
        let (value, rest) = bytes.split_at_checked(end).unwrap_or_default();
        out.extend_from_slice(value);
        rest
    }

    /// Takes a text up to its end or the next backslash.
    fn text<'a>(&mut self, bytes: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        let end = memchr::memchr2(b'"', b'\\', bytes).unwrap_or(bytes.len());
        let (run, rest) = bytes.split_at_checked(end).unwrap_or_default();
        self.run(run, out);
        match rest {
            [b'"', rest @ ..] => {
                self.lone_half(out);
                self.cut += u64::from(self.length > TEXT);
                out.push(b'"');
                self.inside = Inside::Value;
                rest
            }
            [_, rest @ ..] => {
                self.inside = Inside::Escape;
                rest
            }
            [] => rest,
        }
    }

    fn run(&mut self, run: &[u8], out: &mut Vec<u8>) {
        if run.is_empty() {
            return;
        }
        self.lone_half(out);
        let room = TEXT.saturating_sub(self.length);
        self.length = self.length.saturating_add(run.len());
        if run.len() <= room {
            out.extend_from_slice(run);
            return;
        }
        // No character is cut in two.
        let fits = |end: &usize| run.get(*end).is_none_or(|byte| byte & 0xC0 != 0x80);
        let end = (0..=room).rev().find(fits).unwrap_or(0);
        out.extend_from_slice(run.get(..end).unwrap_or_default());
        self.length = self.length.max(TEXT + 1);
    }

    fn escape(&mut self, byte: u8, out: &mut Vec<u8>) {
        if byte == b'u' {
            self.inside = Inside::Digits(0, 0);
            return;
        }
        self.lone_half(out);
        self.put(&[b'\\', byte], out);
        self.inside = Inside::Text;
    }

    fn digit(&mut self, (count, value): (u8, u16), byte: u8, out: &mut Vec<u8>) {
        let Some(digit) = char::from(byte).to_digit(16) else {
            // The library says what is wrong with it.
            self.lone_half(out);
            out.extend_from_slice(&[b'\\', b'u', byte]);
            self.inside = Inside::Text;
            return;
        };
        let value = value << 4 | u16::try_from(digit).unwrap_or_default();
        self.inside = Inside::Digits(count + 1, value);
        if count == 3 {
            self.inside = Inside::Text;
            self.unit(value, out);
        }
    }

    /// Takes a unit of UTF-16.
    fn unit(&mut self, unit: u16, out: &mut Vec<u8>) {
        match (unit, self.half.take()) {
            (0xDC00..0xE000, Some(half)) => {
                self.put(format!("\\u{half:04x}\\u{unit:04x}").as_bytes(), out);
            }
            (0xDC00..0xE000, None) => self.put(REPLACEMENT, out),
            (unit, half) => {
                self.half = half;
                self.lone_half(out);
                if (0xD800..0xDC00).contains(&unit) {
                    self.half = Some(unit);
                } else {
                    self.put(format!("\\u{unit:04x}").as_bytes(), out);
                }
            }
        }
    }

    fn lone_half(&mut self, out: &mut Vec<u8>) {
        if self.half.take().is_some() {
            self.put(REPLACEMENT, out);
        }
    }

    fn put(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.length = self.length.saturating_add(bytes.len());
        if self.length <= TEXT {
            out.extend_from_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DEPTH, Sift};

    fn passed(pieces: &[&str]) -> (String, Sift) {
        let (mut sift, mut out) = (Sift::default(), Vec::new());
        for piece in pieces {
            sift.pass(piece, &mut out);
        }
        (String::from_utf8(out).unwrap(), sift)
    }

    #[test]
    fn what_is_bounded_already_passes_unchanged_wherever_it_is_split() {
        let text =
            r#"{"a": ["\"\\", "\u00e9\ud83d\ude00", -1.5e3, "é😀", {"]": "[{"}], "b": null}"#;
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (head, tail) = text.split_at(at);
            let (out, sift) = passed(&[head, tail]);
            assert_eq!((out.as_str(), sift.cut(), sift.depth), (text, 0, 0), "{at}");
        }
    }

    #[test]
    fn half_a_surrogate_pair_becomes_a_replacement_character() {
        let (out, _) = passed(&[r#"["\ud83d", "\ude00x", "\ud83d\ud83d\ude00", "\ud83d\n"]"#]);
        let texts: Vec<String> = serde_json::from_str(&out).unwrap();
        assert_eq!(texts, ["\u{FFFD}", "\u{FFFD}x", "\u{FFFD}😀", "\u{FFFD}\n"]);
    }

    #[test]
    fn a_long_text_is_cut_between_characters_and_the_rest_is_whole() {
        for filling in ["é", "\\n", "\\u00e9", "\\ud83d\\ude00", "abc\\\\"] {
            let text = format!("[\"{}\", \"b\"]", filling.repeat(700_000));
            let (out, sift) = passed(&[&text]);
            let texts: Vec<String> = serde_json::from_str(&out).unwrap();
            assert!(
                out.len() < 1_100_000 && texts[0].len() > 100_000,
                "{filling}"
            );
            assert_eq!((texts[1].as_str(), sift.cut()), ("b", 1), "{filling}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        assert!(!passed(&[&"[".repeat(DEPTH)]).1.is_too_deep());
        assert!(passed(&[&"[".repeat(DEPTH + 1)]).1.is_too_deep());
    }
}
