//! Reading requests off a socket: heads, bodies of a known length, and chunked bodies.

use std::io::{self, BufRead as _, BufReader, Read, Write};

use super::Head;

/// A head larger than this is refused.
const HEAD_LIMIT: usize = 64 * 1024;
/// A body larger than this is refused: no service takes as much in one request.
const BODY_LIMIT: u64 = 512 * 1024 * 1024;

/// Reads the next request line and headers; `None` when the client has closed the connection.
pub(crate) fn read_head(from: &mut BufReader<impl Read>) -> io::Result<Option<Head>> {
    let mut bytes = Vec::new();
    loop {
        let read = from
            .by_ref()
            .take(HEAD_LIMIT as u64)
            .read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return if bytes.is_empty() {
                Ok(None)
            } else {
                Err(bad("the head ends too early"))
            };
        }
        if bytes == b"\r\n" {
            bytes.clear();
        }
        if bytes.ends_with(b"\r\n\r\n") {
            return parse(&bytes).map(Some);
        }
        if bytes.len() > HEAD_LIMIT {
            return Err(bad("the head is too large"));
        }
    }
}

/// Reads the body that belongs to a head, telling the client first to send it when it asks.
pub(crate) fn read_body(
    head: &Head,
    from: &mut BufReader<impl Read>,
    to: &mut impl Write,
) -> io::Result<Vec<u8>> {
    if head
        .header("expect")
        .is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
    {
        to.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        to.flush()?;
    }
    if head
        .header("transfer-encoding")
        .is_some_and(|value| value.to_ascii_lowercase().contains("chunked"))
    {
        return read_chunks(from);
    }
    let Some(length) = head.header("content-length") else {
        return Ok(Vec::new());
    };
    let length = length
        .trim()
        .parse()
        .map_err(|_| bad("Content-Length is not a number"))?;
    let mut body = Vec::new();
    read_exactly(from, length, &mut body)?;
    Ok(body)
}

fn parse(bytes: &[u8]) -> io::Result<Head> {
    let mut headers = [httparse::EMPTY_HEADER; 128];
    let mut request = httparse::Request::new(&mut headers);
    request
        .parse(bytes)
        .map_err(|error| bad(&error.to_string()))?;
    let headers = request
        .headers
        .iter()
        .map(|header| {
            (
                header.name.to_ascii_lowercase(),
                String::from_utf8_lossy(header.value).into_owned(),
            )
        })
        .collect();
    Ok(Head::new(
        request.method.unwrap_or_default(),
        request.path.unwrap_or_default(),
        headers,
    ))
}

fn read_chunks(from: &mut BufReader<impl Read>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = read_line(from)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size =
            u64::from_str_radix(size, 16).map_err(|_| bad("a chunk's size is not a number"))?;
        if size == 0 {
            while !read_line(from)?.is_empty() {}
            return Ok(body);
        }
        read_exactly(from, size, &mut body)?;
        read_line(from)?;
    }
}

fn read_exactly(
    from: &mut BufReader<impl Read>,
    length: u64,
    body: &mut Vec<u8>,
) -> io::Result<()> {
    if body.len() as u64 + length > BODY_LIMIT {
        return Err(bad("the body is too large"));
    }
    if from.by_ref().take(length).read_to_end(body)? as u64 == length {
        Ok(())
    } else {
        Err(bad("the body ends too early"))
    }
}

fn read_line(from: &mut BufReader<impl Read>) -> io::Result<String> {
    let mut line = Vec::new();
    from.by_ref()
        .take(HEAD_LIMIT as u64)
        .read_until(b'\n', &mut line)?;
    if !line.ends_with(b"\n") {
        return Err(bad("a line ends too early"));
    }
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
