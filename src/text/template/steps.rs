//! What a payload template may do while it runs: steps, and filters that know their bounds.
//!
//! Tera's own filters stand as they are where what they make is not much longer than what
//! they take. Those that multiply (`replace`, `join`, `indent`, `split`, `str`, and JSON in
//! JSON) have their place taken by ones that stop at the bound before anything that large
//! exists. Two more are put in by [`super::bounds`], where loops and values are made.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use percent_encoding::NON_ALPHANUMERIC;
use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

use super::bounds::{Bounded, ITEMS, VALUE};

/// How many bytes a payload, and any text that is made on the way, may have.
pub(super) const LONGEST: usize = 64 * 1024;
/// How many items a list may have to be gone through, and a range.
const ITEMS_MOST: usize = 1_000;
/// How many lists may stand in one another.
const DEEPEST: usize = 32;
/// How many steps all templates of a payload may take. A million rounds of a loop that does
/// little need a few million; all of them are taken in a few seconds at worst.
const STEPS: u64 = 20_000_000;

/// The steps of one payload.
#[derive(Debug)]
pub(super) struct Steps {
    left: AtomicU64,
    /// How long the longest text of the data may be, in kilobytes.
    longest: u64,
    /// How large a value may be that is kept, in bytes.
    largest: usize,
}

impl Steps {
    /// Those for templates over data of so many bytes.
    pub(super) fn over(data: usize) -> Self {
        Self {
            left: AtomicU64::new(STEPS),
            longest: data as u64 / 1024 + 1,
            largest: data.max(LONGEST),
        }
    }

    /// Pays for everything outside of loops.
    pub(super) fn begin(&self, bounded: &Bounded) -> TeraResult<()> {
        self.pay(1, bounded.cost.flat, bounded.cost.deep)
    }

    fn pay(&self, times: u64, flat: u64, deep: u64) -> TeraResult<()> {
        let once = flat.saturating_add(deep.saturating_mul(self.longest));
        let cost = once.saturating_mul(times);
        let enough = |left: u64| left.checked_sub(cost);
        let paid = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, enough);
        let refused = |_| Error::message("this template takes more than 20,000,000 steps");
        paid.map(|_| ()).map_err(refused)
    }
}

/// Gives `tera` the filters and functions of payload templates.
pub(super) fn equip(tera: &mut Tera, steps: &Arc<Steps>) {
    let paying = Arc::clone(steps);
    tera.register_filter(ITEMS, move |value: &Value, kwargs: Kwargs, _: &State| {
        items(value, &kwargs, &paying)
    });
    let keeping = Arc::clone(steps);
    tera.register_filter(VALUE, move |value: &Value, _: Kwargs, _: &State| {
        kept(value, &keeping)
    });
    let comparing = Arc::clone(steps);
    tera.register_filter("unique", move |value: &[Value], _: Kwargs, _: &State| {
        unique(value, &comparing)
    });
    for name in ["tojson", "json_encode"] {
        tera.register_filter(name, |value: &Value, _: Kwargs, _: &State| json(value));
    }
    tera.register_filter("str", |value: &Value, _: Kwargs, _: &State| {
        short(value.to_string())
    });
    tera.register_filter("replace", |text: &str, kwargs: Kwargs, _: &State| {
        replace(text, &kwargs)
    });
    tera.register_filter("join", |items: &[Value], kwargs: Kwargs, _: &State| {
        join(items, &kwargs)
    });
    tera.register_filter("indent", |text: &str, kwargs: Kwargs, _: &State| {
        indent(text, &kwargs)
    });
    tera.register_filter("split", |text: &str, kwargs: Kwargs, _: &State| {
        split(text, &kwargs)
    });
    tera.register_filter("urlencode", |text: &str, _: Kwargs, _: &State| {
        short(percent_encoding::utf8_percent_encode(text, NON_ALPHANUMERIC).to_string())
    });
    tera.register_function("range", |kwargs: Kwargs, _: &State| range(&kwargs));
}

/// The list of a loop, which is paid for here.
fn items(value: &Value, kwargs: &Kwargs, steps: &Steps) -> TeraResult<Value> {
    let rounds = value.len().unwrap_or_default();
    if rounds > ITEMS_MOST {
        return Err(many());
    }
    steps.pay(
        rounds as u64,
        kwargs.must_get::<u64>("flat")?,
        kwargs.must_get::<u64>("deep")?,
    )?;
    Ok(value.clone())
}

fn many() -> Error {
    Error::message("a list of more than 1,000 items cannot be gone through")
}

/// The value of a `set`: lists may hold one another, so it is measured as it would print.
fn kept(value: &Value, steps: &Steps) -> TeraResult<Value> {
    let mut left = steps.largest;
    measure(value, &mut left, 0)
        .ok_or_else(|| Error::message("a value is too large, or lists too deep in one another"))?;
    Ok(value.clone())
}

fn measure(value: &Value, left: &mut usize, depth: usize) -> Option<()> {
    /// What each value counts beside its text.
    const EACH: usize = 8;
    if depth > DEEPEST {
        return None;
    }
    let own = value.as_str().map_or(EACH, |text| EACH + text.len());
    *left = left.checked_sub(own)?;
    for item in value.as_array().into_iter().flatten() {
        measure(item, left, depth + 1)?;
    }
    for (key, item) in value.as_map().into_iter().flatten() {
        *left = left.checked_sub(key.as_str().map_or(EACH, str::len))?;
        measure(item, left, depth + 1)?;
    }
    Some(())
}

fn unique(items: &[Value], steps: &Steps) -> TeraResult<Vec<Value>> {
    if items.len() > ITEMS_MOST {
        return Err(many());
    }
    // Every one may be compared with all before it.
    steps.pay(items.len() as u64, 1, 1)?;
    let mut found: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        if !found.contains(item) {
            found.push(item.clone());
        }
    }
    Ok(found)
}

/// A text, unless it is too long.
fn short(text: String) -> TeraResult<String> {
    if text.len() > LONGEST {
        Err(long())
    } else {
        Ok(text)
    }
}

fn long() -> Error {
    Error::message("a text of more than 64 kB")
}

fn json(value: &Value) -> TeraResult<String> {
    let mut bytes = Limited::default();
    serde_json::to_writer(&mut bytes, value).map_err(|fault| {
        if bytes.is_full {
            long()
        } else {
            Error::message(fault.to_string())
        }
    })?;
    Ok(String::from_utf8(bytes.written)?)
}

fn replace(text: &str, kwargs: &Kwargs) -> TeraResult<String> {
    let from = kwargs.must_get::<&str>("from")?;
    let to = kwargs.must_get::<&str>("to")?;
    let more = text.matches(from).count().saturating_mul(to.len());
    if text.len().saturating_add(more) > text.len().max(LONGEST) && more > 0 {
        return Err(long());
    }
    Ok(text.replace(from, to))
}

fn join(items: &[Value], kwargs: &Kwargs) -> TeraResult<String> {
    let between = kwargs.get::<&str>("sep")?.unwrap_or_default();
    let mut text = String::new();
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            text.push_str(between);
        }
        text.push_str(&item.to_string());
        text = short(text)?;
    }
    Ok(text)
}

fn indent(text: &str, kwargs: &Kwargs) -> TeraResult<String> {
    let width = kwargs.get::<usize>("width")?.unwrap_or(4);
    let mark = kwargs.get::<&str>("indentation")?.unwrap_or(" ");
    let first = kwargs.get::<bool>("first")?.unwrap_or_default();
    let blank = kwargs.get::<bool>("blank")?.unwrap_or_default();
    if mark.chars().count() != 1 {
        let message = "The `indentation` argument must contain exactly one character";
        return Err(Error::message(message));
    }
    let before = short(mark.repeat(width.min(LONGEST)))?;
    let mut result = String::new();
    for (place, line) in text.lines().enumerate() {
        let is_indented = if place == 0 {
            first
        } else {
            blank || !line.is_empty()
        };
        if place > 0 {
            result.push('\n');
        }
        if is_indented {
            result.push_str(&before);
        }
        result.push_str(line);
        result = short(result)?;
    }
    if text.ends_with('\n') {
        result.push('\n');
    }
    Ok(result)
}

fn split(text: &str, kwargs: &Kwargs) -> TeraResult<Vec<Value>> {
    let parts = text.split(kwargs.must_get::<&str>("pat")?);
    let parts: Vec<Value> = parts.take(ITEMS_MOST + 1).map(Value::from).collect();
    if parts.len() > ITEMS_MOST {
        Err(many())
    } else {
        Ok(parts)
    }
}

fn range(kwargs: &Kwargs) -> TeraResult<Vec<i64>> {
    let start = kwargs.get::<i64>("start")?.unwrap_or_default();
    let end = kwargs.must_get::<i64>("end")?;
    let step = kwargs.get::<i64>("step_by")?.unwrap_or(1);
    if step == 0 || (start > end && step > 0) {
        let message = "`range` needs a `step_by` that leads from `start` to `end`";
        return Err(Error::message(message));
    }
    let next = |number: &i64| number.checked_add(step);
    let inside = |number: &i64| {
        if step > 0 {
            *number < end
        } else {
            *number > end
        }
    };
    let numbers = std::iter::successors(Some(start), next).take_while(inside);
    let numbers: Vec<i64> = numbers.take(ITEMS_MOST + 1).collect();
    if numbers.len() > ITEMS_MOST {
        Err(many())
    } else {
        Ok(numbers)
    }
}

/// Takes what is written, and no more than a payload may have.
#[derive(Debug, Default)]
pub(super) struct Limited {
    pub(super) written: Vec<u8>,
    /// Whether more came.
    pub(super) is_full: bool,
}

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.written.len() + bytes.len() > LONGEST {
            self.is_full = true;
            return Err(io::Error::other("more than 64 kB"));
        }
        self.written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
