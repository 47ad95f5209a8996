//! Addresses of objects, which some runners write into the names of tests: they are others in every run.

/// How many digits an address of Ruby has.
const RUBY: [usize; 2] = [14, 16];
/// How Java calls the class of a lambda, in front of numbers.
const LAMBDA: &str = "$$Lambda";

/// Returns quickly whether a text may hold an address.
pub(super) fn may_be_in(text: &str) -> bool {
    memchr::memchr(b'@', text.as_bytes()).is_some() || text.contains("0x")
}

/// Returns a text without the addresses in it; nothing where there are none: `Order@6d06d69c` of Java, `<Order object at 0x7f8a1c2d3e50>`
/// of Python, `#<Order:0x000055d0c8a1b2c8>` of Ruby, `&{0xc000012345}` of Go.
pub(super) fn without(text: &str) -> Option<String> {
    if !may_be_in(text) {
        return None;
    }
    let (mut kept, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(['@', '0', '$', '/', ' ']) {
        let (before, from) = rest.split_at_checked(at)?;
        kept.push_str(before);
        let length = length(&kept, from);
        // What is no address is one character, which is ASCII.
        let (one, behind) = from.split_at_checked(length.max(1))?;
        if length == 0 {
            kept.push_str(one);
        }
        rest = behind;
    }
    kept.push_str(rest);
    (kept != text).then_some(kept)
}

/// Returns how long the address is with which a text begins; 0 where it begins with none.
fn length(before: &str, text: &str) -> usize {
    let hex = |text: &str| {
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        text.bytes().take_while(|byte| is_digit(byte)).count()
    };
    let digits = |mark: &str| text.strip_prefix(mark).map_or(0, hex);
    let end = |length: usize| text.get(length..).and_then(|behind| behind.chars().next());
    let found = |mark: &str, is_it: bool| if is_it { mark.len() + digits(mark) } else { 0 };
    if before.ends_with(LAMBDA) {
        let is_part = |c: char| c.is_ascii_hexdigit() || matches!(c, '$' | '/' | '@' | 'x');
        let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
        let has_hash = text.get(..end).is_some_and(|part| part.contains('@'));
        return if has_hash { end } else { 0 };
    }
    if text.starts_with('@') {
        let is_over = end(1 + digits("@"))
            .is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '.'));
        let hash = text.get(1..1 + digits("@")).unwrap_or_default();
        return found("@", is_over && is_hash(hash) && ends_with_class(before));
    }
    let python = " at 0x";
    if digits(python) >= 6 {
        return found(python, end(python.len() + digits(python)) == Some('>'));
    }
    let count = digits("0x");
    let is_of_ruby = RUBY.contains(&count) && is_open_object(before);
    let is_over = || end(2 + count).is_none_or(|c| !c.is_alphanumeric());
    // A blank in the name of a subtest is written as `_`.
    let stands_alone = before.ends_with(['{', '[', ' ', '_', ':', '/']);
    let is_of_go = count == 10 && text.starts_with("0xc00") && stands_alone && is_over();
    found("0x", is_of_ruby || is_of_go)
}

/// Returns whether this is a number as Java makes it of an object, and not one that somebody chose.
fn is_hash(digits: &str) -> bool {
    let has = |is: fn(&u8) -> bool| digits.bytes().any(|byte| is(&byte));
    match digits.len() {
        6 | 7 => has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic),
        8 => has(u8::is_ascii_digit),
        _ => false,
    }
}

/// Returns whether a text ends with the name of a class of Java, or of an array: `com.shop.Order`, `[I`, `[Lcom.shop.Order;`.
fn ends_with_class(text: &str) -> bool {
    let text = text.strip_suffix(';').unwrap_or(text);
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let begin = text.trim_end_matches(is_part).len();
    let name = text.get(begin..).unwrap_or_default();
    name.starts_with(char::is_uppercase)
}

/// Returns whether a text ends within an object as Ruby shows it: `#<Shop::Order:`.
fn is_open_object(text: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
    text.ends_with(':') && text.trim_end_matches(is_name).ends_with("#<")
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn an_address_is_left_out_and_what_somebody_chose_is_not() {
        let samples = [
            (
                "test[<Order object at 0x7f8a1c2d3e50>]",
                "test[<Order object>]",
            ),
            ("t[<function f at 0x7f8a1c2d3e50>-1]", "t[<function f>-1]"),
            ("[1] com.shop.Order@6d06d69c, 2", "[1] com.shop.Order, 2"),
            ("adds(Größe$Inner@1a2b3c)", "adds(Größe$Inner)"),
            ("[I@12345678", "[I"),
            ("[Ljava.lang.String;@7852e922]", "[Ljava.lang.String;]"),
            (
                "t[Foo$$Lambda$14/0x0000000800066840@3b9a45b3]",
                "t[Foo$$Lambda]",
            ),
            ("Foo$$Lambda/0x00007f1234001234@3b9a45b3 2", "Foo$$Lambda 2"),
            (
                "equals #<A::B:0x000055d0c8a1b2c8 @a=1>",
                "equals #<A::B: @a=1>",
            ),
            ("TestA/&{0xc000012345 1}", "TestA/&{ 1}"),
            ("TestA/&{1_0xc000012345}", "TestA/&{1_}"),
            ("TestA/0xc000012345", "TestA/"),
            ("TestA/map[b:0xc000012345]", "TestA/map[b:]"),
            ("Order@6d06d69c and Cart@1a2b3c4d", "Order and Cart"),
        ];
        for (written, expected) in samples {
            assert_eq!(without(written).as_deref(), Some(expected), "{written}");
        }
        let others = [
            "writes to the register at 0x40021000",
            "parses 0xFFFFFFFFFFFFFFFF",
            "parses 0xffffffffffffffff",
            "uses actions/checkout@8f4b7f8a",
            "mails Team@facade to A@b1",
            "mails Anna@1a2b3c4d.org",
            "Order@123456",
            "Foo$$Lambda$14",
            "installs Left@1.2.3",
            "@Tag0 costs 0x10 at 20:00 $5",
        ];
        for written in others {
            assert_eq!(without(written), None, "{written}");
        }
    }
}
