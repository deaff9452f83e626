use crate::error::{Error, Result};

/// How deep arrays and objects may lie in one another, as in serde_json.
const MAX_DEPTH: usize = 128;

/// Whether a text is one JSON value (RFC 8259), with blanks around it at most. All reading after that relies on it.
///
/// # Errors
/// [`Error::Options`] with the byte at which it is none.
pub(super) fn check(text: &str) -> Result<()> {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0 };
    let whole = scan.value(0).and_then(|()| {
        scan.blanks();
        if scan.at == scan.bytes.len() { Ok(()) } else { Err("more than one value") }
    });
    whole.map_err(|reason| Error::Options { reason: format!("not JSON at byte {}: {reason}", scan.at) })
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// What was found instead.
type Fault = &'static str;
const END: Fault = "it ends in the middle";
const UNEXPECTED: Fault = "an unexpected character";

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blanks(&mut self) {
        self.at += blanks(&self.bytes[self.at..]);
    }

    fn next(&mut self) -> std::result::Result<u8, Fault> {
        let byte = self.peek().ok_or(END)?;
        self.at += 1;
        Ok(byte)
    }

    /// Goes back onto the byte that was not expected.
    fn unexpected<T>(&mut self) -> std::result::Result<T, Fault> {
        self.at -= 1;
        Err(UNEXPECTED)
    }

    fn value(&mut self, depth: usize) -> std::result::Result<(), Fault> {
        self.blanks();
        match self.next()? {
            b'{' => self.entries(b'}', depth),
            b'[' => self.entries(b']', depth),
            b'"' => self.string(),
            b't' => self.word(b"rue"),
            b'f' => self.word(b"alse"),
            b'n' => self.word(b"ull"),
            b'-' => self.number(),
            b'0'..=b'9' => {
                self.at -= 1;
                self.number()
            }
            _ => self.unexpected(),
        }
    }

    /// What stands between the brackets of an array or object, and the closing one.
    fn entries(&mut self, end: u8, depth: usize) -> std::result::Result<(), Fault> {
        if depth == MAX_DEPTH {
            return Err("it is nested too deep");
        }
        self.blanks();
        if self.peek() == Some(end) {
            self.at += 1;
            return Ok(());
        }
        loop {
            if end == b'}' {
                self.blanks();
                match self.next()? {
                    b'"' => self.string()?,
                    _ => return self.unexpected(),
                }
                self.blanks();
                match self.next()? {
                    b':' => {}
                    _ => return self.unexpected(),
                }
            }
            self.value(depth + 1)?;
            self.blanks();
            match self.next()? {
                b',' => {}
                byte if byte == end => return Ok(()),
                _ => return self.unexpected(),
            }
        }
    }

    fn word(&mut self, rest: &[u8]) -> std::result::Result<(), Fault> {
        for &expected in rest {
            if self.next()? != expected {
                return self.unexpected();
            }
        }
        Ok(())
    }

    /// The rest of a string, after its first quote.
    fn string(&mut self) -> std::result::Result<(), Fault> {
        loop {
            match self.next()? {
                b'"' => return Ok(()),
                b'\\' => match self.next()? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    b'u' => {
                        for _ in 0..4 {
                            if !self.next()?.is_ascii_hexdigit() {
                                return self.unexpected();
                            }
                        }
                    }
                    _ => return self.unexpected(),
                },
                0..0x20 => return self.unexpected(),
                _ => {}
            }
        }
    }

    /// The rest of a number, after its sign.
    fn number(&mut self) -> std::result::Result<(), Fault> {
        if self.next()? != b'0' {
            self.at -= 1;
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    /// One digit or more.
    fn digits(&mut self) -> std::result::Result<(), Fault> {
        if !self.next()?.is_ascii_digit() {
            return self.unexpected();
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }
}

/// How many of the first bytes are blanks.
pub(super) fn blanks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
}

/// How many of the first bytes are one value. The text is known to be JSON, and to begin with a value.
pub(super) fn value_length(bytes: &[u8]) -> usize {
    match bytes.first() {
        Some(b'"') => string_length(bytes),
        Some(b'{' | b'[') => {
            let (mut at, mut depth) = (0, 0_usize);
            loop {
                match bytes.get(at) {
                    Some(b'{' | b'[') => depth += 1,
                    Some(b'}' | b']') if depth == 1 => return at + 1,
                    Some(b'}' | b']') => depth -= 1,
                    Some(b'"') => {
                        at += string_length(&bytes[at..]);
                        continue;
                    }
                    Some(_) => {}
                    None => return at,
                }
                at += 1;
            }
        }
        _ => {
            let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
            bytes.iter().position(ends).unwrap_or(bytes.len())
        }
    }
}

/// The same for a string.
fn string_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    loop {
        match bytes.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return bytes.len(),
        }
    }
}
