//! The way in which nearly every report writes a duration: `12.345`.

use std::time::Duration;

/// How many digits of whole seconds there may be.
const WHOLE: usize = 9;

/// Reads seconds with up to nine decimals, exactly; `None` for every other notation.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if whole.len() > WHOLE || fraction.len() > 9 {
        return None;
    }
    let scale = 10_u32.checked_pow(9 - u32::try_from(fraction.len()).ok()?)?;
    Some(Duration::new(
        u64::from(digits(whole)?),
        digits(fraction)? * scale,
    ))
}

/// Reads up to nine digits.
fn digits(text: &str) -> Option<u32> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    let number = |sum: u32, byte| Some(sum * 10 + digit(byte)?);
    text.bytes()
        .try_fold(0, number)
        .filter(|_| !text.is_empty())
}
