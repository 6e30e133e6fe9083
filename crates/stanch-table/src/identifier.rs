use crate::Digest;

/// Which characters an identifier may hold. None of the sets holds `#`, which separates the parts of a composed key,
/// nor any character that means something in a log line, a URL or an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// ASCII letters, digits, `-` and `_`: what a UUID, a ULID or a slug is made of.
    UrlSafe,
    /// ASCII letters and digits.
    Alphanumeric,
    /// Lower-case hexadecimal digits.
    Hex,
}

impl Alphabet {
    const fn holds(self, byte: u8) -> bool {
        match self {
            Self::UrlSafe => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Hex => byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'),
        }
    }

    /// The set as a bracket expression of a regular expression.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::UrlSafe => "[A-Za-z0-9_-]",
            Self::Alphanumeric => "[A-Za-z0-9]",
            Self::Hex => "[0-9a-f]",
        }
    }
}

/// A text is too short, too long, or holds a character that its identifier does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid identifier")]
pub struct NotParsed;

/// A type that may stand in a composed key. It is implemented for identifiers, digests and numbers only; a `String`
/// has to be parsed first.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a key",
    note = "parse it into a type declared with `stanch_table::identifier!`"
)]
pub trait KeyPart {
    /// Appends the canonical text, which holds no `#`.
    #[doc(hidden)]
    fn append(&self, composed: &mut String);
}

impl KeyPart for u64 {
    fn append(&self, composed: &mut String) {
        composed.push_str(&self.to_string());
    }
}

impl KeyPart for Digest {
    fn append(&self, composed: &mut String) {
        for byte in self.as_bytes() {
            for digit in [byte >> 4, byte & 15] {
                composed.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
            }
        }
    }
}

/// Checks a text against length and alphabet.
///
/// # Errors
/// [`NotParsed`], which does not say why: the text may be anything.
pub fn parse(text: &str, shortest: usize, longest: usize, alphabet: Alphabet) -> Result<String, NotParsed> {
    let fits = (shortest..=longest).contains(&text.len()) && text.bytes().all(|byte| alphabet.holds(byte));
    if fits { Ok(text.to_owned()) } else { Err(NotParsed) }
}

/// Declares an identifier: a text that has been parsed, with a length in bytes and an alphabet, and may therefore be
/// part of a key.
///
/// ```
/// stanch_table::identifier! {
///     /// Names a user.
///     pub struct UserId: 1..=64 of UrlSafe;
/// }
/// assert!(UserId::parse("9b2f-41").is_ok());
/// assert!(UserId::parse("a#RECORD").is_err());
/// assert!(UserId::parse("").is_err());
/// ```
#[macro_export]
macro_rules! identifier {
    ($(#[$documentation:meta])* $visibility:vis struct $name:ident: $shortest:literal..=$longest:literal of $alphabet:ident;) => {
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility struct $name(String);

        impl $name {
            /// Reads an identifier.
            ///
            /// # Errors
            /// When the text has another length or another alphabet.
            $visibility fn parse(text: &str) -> ::std::result::Result<Self, $crate::NotParsed> {
                $crate::derived::parse(text, $shortest, $longest, $crate::Alphabet::$alphabet).map(Self)
            }

            /// The text.
            #[must_use]
            $visibility fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl $crate::derived::serde::Serialize for $name {
            fn serialize<S: $crate::derived::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> $crate::derived::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::derived::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                let text = <::std::string::String as $crate::derived::serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&text).map_err($crate::derived::serde::de::Error::custom)
            }
        }

        impl $crate::KeyPart for $name {
            fn append(&self, composed: &mut ::std::string::String) {
                composed.push_str(&self.0);
            }
        }

        impl $crate::Value for $name {
            fn to_stored(&self) -> ::std::option::Option<$crate::derived::AttributeValue> {
                $crate::Value::to_stored(&self.0)
            }

            fn from_stored(
                stored: ::std::option::Option<&$crate::derived::AttributeValue>,
            ) -> ::std::result::Result<Self, $crate::derived::Unreadable> {
                let text = <::std::string::String as $crate::Value>::from_stored(stored)?;
                Self::parse(&text).map_err(|_| $crate::derived::Unreadable)
            }
        }

        $crate::identifier_schema!($name, $shortest, $longest, $alphabet);
    };
}

/// The OpenAPI schema of an identifier.
#[doc(hidden)]
#[cfg(feature = "openapi")]
#[macro_export]
macro_rules! identifier_schema {
    ($name:ident, $shortest:literal, $longest:literal, $alphabet:ident) => {
        impl $crate::derived::utoipa::PartialSchema for $name {
            fn schema() -> $crate::derived::utoipa::openapi::RefOr<$crate::derived::utoipa::openapi::Schema> {
                use $crate::derived::utoipa::openapi::schema::{ObjectBuilder, Type};
                let class = $crate::Alphabet::$alphabet.class();
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some($shortest))
                    .max_length(Some($longest))
                    .pattern(Some(format!("^{class}+$")))
                    .into()
            }
        }

        impl $crate::derived::utoipa::ToSchema for $name {}
    };
}

/// No schema without the feature `openapi`.
#[doc(hidden)]
#[cfg(not(feature = "openapi"))]
#[macro_export]
macro_rules! identifier_schema {
    ($($any:tt)*) => {};
}
