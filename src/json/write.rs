use std::borrow::Cow;
use std::sync::Arc;

use super::number::number;
use crate::text::push_quoted;

/// JSON as it is written, value by value: commas are its own.
#[derive(Debug, Default)]
pub struct Writer {
    text: String,
    /// Whether a comma goes before the next value or name.
    follows: bool,
}

/// What can be written as JSON. Structs get it by `write_fields!`, enums of names by
/// `write_names!`.
pub trait ToJson {
    /// Writes it as one value.
    fn write(&self, writer: &mut Writer);

    /// Whether a struct leaves a field with this value out.
    fn is_absent(&self) -> bool {
        false
    }
}

/// Values by name, written as an object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Named<T>(pub Vec<(Arc<str>, T)>);

impl<T> Named<T> {
    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(own, _)| &**own == name).map(|(_, value)| value)
    }
}

impl<T: ToJson> ToJson for Named<T> {
    fn write(&self, writer: &mut Writer) {
        writer.object(|writer| self.0.iter().for_each(|(name, value)| writer.field(name, value)));
    }
}

/// A whole text.
pub fn to_json(value: &dyn ToJson) -> String {
    let mut writer = Writer::default();
    value.write(&mut writer);
    writer.finish()
}

impl Writer {
    /// The text.
    pub fn finish(self) -> String {
        self.text
    }

    /// An object, whose fields `write` writes.
    pub fn object(&mut self, write: impl FnOnce(&mut Self)) {
        self.open("{");
        write(self);
        self.close("}");
    }

    /// An array, whose values `write` writes.
    pub fn array(&mut self, write: impl FnOnce(&mut Self)) {
        self.open("[");
        write(self);
        self.close("]");
    }

    /// An array of values.
    pub fn values(&mut self, values: &mut dyn Iterator<Item = &dyn ToJson>) {
        self.array(|writer| values.for_each(|value| value.write(writer)));
    }

    /// A field of an object, unless it is [absent](ToJson::is_absent).
    pub fn field(&mut self, name: &str, value: &dyn ToJson) {
        if !value.is_absent() {
            self.name(name);
            value.write(self);
        }
    }

    /// An object of these fields.
    pub fn fields(&mut self, fields: &[(&str, &dyn ToJson)]) {
        self.object(|writer| fields.iter().for_each(|(name, value)| writer.field(name, *value)));
    }

    /// The name of the value that is written next.
    pub fn name(&mut self, name: &str) {
        self.string(name);
        self.text.push(':');
        self.follows = false;
    }

    /// What is JSON already.
    #[inline(never)]
    pub fn raw(&mut self, json: &str) {
        self.comma();
        self.put(json);
    }

    /// A finite number; `null` for what is none.
    pub fn number(&mut self, value: f64) {
        let text = if value.is_finite() { number(value) } else { "null".into() };
        self.raw(&text);
    }

    /// A string.
    pub fn string(&mut self, text: &str) {
        self.comma();
        push_quoted(&mut self.text, text);
    }

    /// As it is. Not inlined, as everything that is called from everywhere.
    #[inline(never)]
    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn open(&mut self, bracket: &str) {
        self.raw(bracket);
        self.follows = false;
    }

    #[inline(never)]
    fn close(&mut self, bracket: &str) {
        self.put(bracket);
        self.follows = true;
    }

    fn comma(&mut self) {
        if self.follows {
            self.text.push(',');
        }
        self.follows = true;
    }
}

impl ToJson for str {
    fn write(&self, writer: &mut Writer) {
        writer.string(self);
    }
}

impl ToJson for Arc<str> {
    fn write(&self, writer: &mut Writer) {
        writer.string(self);
    }
}

impl ToJson for Cow<'_, str> {
    fn write(&self, writer: &mut Writer) {
        writer.string(self);
    }
}

impl ToJson for String {
    fn write(&self, writer: &mut Writer) {
        writer.string(self);
    }
}

impl ToJson for bool {
    fn write(&self, writer: &mut Writer) {
        writer.raw(if *self { "true" } else { "false" });
    }
}

/// Whole numbers up to 2⁵³ exactly, as JavaScript reads them.
macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl ToJson for $number {
            fn write(&self, writer: &mut Writer) {
                writer.number(*self as f64);
            }
        }
    )*};
}

numbers! { u8 u16 u32 u64 usize i32 f64 }

impl<T: ToJson + ?Sized> ToJson for &T {
    fn write(&self, writer: &mut Writer) {
        (**self).write(writer);
    }

    fn is_absent(&self) -> bool {
        (**self).is_absent()
    }
}

impl<T: ToJson> ToJson for Option<T> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Some(value) => value.write(writer),
            None => writer.raw("null"),
        }
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: ToJson> ToJson for [T] {
    fn write(&self, writer: &mut Writer) {
        writer.values(&mut self.iter().map(|value| value as &dyn ToJson));
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn write(&self, writer: &mut Writer) {
        self.as_slice().write(writer);
    }
}
