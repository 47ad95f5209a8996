//! Answers and refusals, pages and parameters, in the shapes of the Spring framework that the server is made with.

use serde_json::{Value, json};

use crate::http::{Request, Response};

/// A request that is not carried out, and why.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
}

/// What a request comes to.
pub(crate) type Answer = Result<Response, Refusal>;

impl Refusal {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(400, message)
    }

    pub(crate) fn gone(what: &str) -> Self {
        Self::new(404, format!("{what} not found"))
    }

    pub(crate) fn response(&self) -> Response {
        let error = match self.status {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            413 => "Payload Too Large",
            429 => "Too Many Requests",
            503 => "Service Unavailable",
            _ => "Internal Server Error",
        };
        Response::json(
            self.status,
            &json!({
                "timestamp": crate::time::now().to_string(),
                "status": self.status,
                "error": error,
                "message": self.message,
            }),
        )
    }
}

#[expect(clippy::unnecessary_wraps, reason = "handlers end with it")]
pub(crate) fn ok(value: &Value) -> Answer {
    Ok(Response::json(200, value))
}

/// Returns a parameter that must be there.
pub(crate) fn needed<'a>(request: &'a Request, name: &str) -> Result<&'a str, Refusal> {
    request
        .query(name)
        .ok_or_else(|| Refusal::bad(format!("Required parameter '{name}' is not present")))
}

/// Returns a number that must be there.
pub(crate) fn number(request: &Request, name: &str) -> Result<u64, Refusal> {
    id(needed(request, name)?)
}

/// Returns a number, or what stands for its absence.
pub(crate) fn number_or(request: &Request, name: &str, absent: u64) -> Result<u64, Refusal> {
    request.query(name).map_or(Ok(absent), id)
}

pub(crate) fn id(text: &str) -> Result<u64, Refusal> {
    text.parse()
        .map_err(|_| Refusal::bad(format!("Failed to convert value '{text}' to a number")))
}

/// Returns a body's JSON, which must be declared as such.
pub(crate) fn body(request: &Request) -> Result<Value, Refusal> {
    let media = request.header("content-type").unwrap_or_default();
    if !media.to_ascii_lowercase().contains("json") {
        return Err(Refusal::new(
            415,
            format!("Content type '{media}' not supported"),
        ));
    }
    request
        .json()
        .map_err(|error| Refusal::bad(format!("JSON parse error: {error}")))
}

pub(crate) fn text<'a>(from: &'a Value, name: &str) -> Option<&'a str> {
    from.get(name).and_then(Value::as_str)
}

/// Returns a number that may have come as a text.
pub(crate) fn loose(from: &Value, name: &str) -> Option<u64> {
    let value = from.get(name)?;
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Which part of a list is wanted: pages count from 0, and hold 20 unless the request says otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Pageable {
    pub(crate) page: u64,
    pub(crate) size: u64,
    /// A property and whether it goes down.
    pub(crate) sorts: Vec<(String, bool)>,
}

impl Pageable {
    pub(crate) fn read(request: &Request) -> Result<Self, Refusal> {
        let sorts = request
            .query
            .iter()
            .filter(|(name, _)| name == "sort")
            .map(|(_, value)| sort(value))
            .collect();
        Ok(Self {
            page: number_or(request, "page", 0)?,
            size: number_or(request, "size", 20)?.clamp(1, 2000),
            sorts,
        })
    }

    /// Returns a page of a list, sorted as wanted.
    pub(crate) fn page(&self, mut items: Vec<Value>) -> Value {
        for (property, down) in self.sorts.iter().rev() {
            items.sort_by(|left, right| {
                let order = compare(left.get(property), right.get(property));
                if *down { order.reverse() } else { order }
            });
        }
        let total = items.len() as u64;
        let pages = total.div_ceil(self.size);
        let skip = usize::try_from(self.page * self.size).unwrap_or(usize::MAX);
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let content: Vec<_> = items.into_iter().skip(skip).take(size).collect();
        let sorted = !self.sorts.is_empty();
        let sort = json!({ "sorted": sorted, "unsorted": !sorted, "empty": !sorted });
        json!({
            "pageable": {
                "sort": sort, "pageNumber": self.page, "pageSize": self.size,
                "offset": self.page * self.size, "paged": true, "unpaged": false,
            },
            "totalElements": total,
            "totalPages": pages,
            "last": self.page + 1 >= pages,
            "first": self.page == 0,
            "sort": sort,
            "number": self.page,
            "size": self.size,
            "numberOfElements": content.len(),
            "empty": content.is_empty(),
            "content": content,
        })
    }
}

/// Reads `name,asc`.
pub(crate) fn sort(text: &str) -> (String, bool) {
    let (property, direction) = text.split_once(',').unwrap_or((text, "asc"));
    (property.to_owned(), direction.eq_ignore_ascii_case("desc"))
}

fn compare(left: Option<&Value>, right: Option<&Value>) -> std::cmp::Ordering {
    let number = |value: Option<&Value>| value.and_then(Value::as_u64);
    let words =
        |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    match (number(left), number(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => words(left).cmp(&words(right)),
    }
}
