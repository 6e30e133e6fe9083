use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Ident, LitStr, Result, Type};

/// How a key is composed: fixed text and typed parts, `RECORD#{record_id: RecordId}`.
pub(crate) struct Template {
    pieces: Vec<Piece>,
}

enum Piece {
    Text(String),
    Part(Ident, Box<Type>),
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// When a brace stands alone, a part has no type, or two parts touch, so that one could run into the other.
    pub(crate) fn read(literal: &LitStr) -> Result<Self> {
        let refuse = |reason: &str| Err(Error::new(literal.span(), reason));
        let text = literal.value();
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while let Some(open) = rest.find('{') {
            let Some(length) = rest[open..].find('}') else { return refuse("a `{` is not closed") };
            if open > 0 {
                pieces.push(Piece::Text(rest[..open].to_owned()));
            }
            let Some((name, ty)) = rest[open + 1..open + length].split_once(':') else {
                return refuse("a part is `{name: Type}`");
            };
            if matches!(pieces.last(), Some(Piece::Part(..))) {
                return refuse("two parts need a `#` between them");
            }
            let name = syn::parse_str::<Ident>(name.trim()).map_err(|error| Error::new(literal.span(), error))?;
            let ty = syn::parse_str::<Type>(ty.trim()).map_err(|error| Error::new(literal.span(), error))?;
            pieces.push(Piece::Part(name, Box::new(ty)));
            rest = &rest[open + length + 1..];
        }
        if rest.contains('}') {
            return refuse("a `}` was not opened");
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        // The alphabets of all parts lack `#`; a separator with one in it keeps each part in its place.
        let inner_separators = pieces.iter().enumerate().filter(|(index, _)| *index > 0 && index + 1 < pieces.len());
        for (_, piece) in inner_separators {
            if matches!(piece, Piece::Text(text) if !text.contains('#')) {
                return refuse("the text between two parts holds a `#`, which no part can");
            }
        }
        if pieces.is_empty() {
            return refuse("a key is not empty");
        }
        Ok(Self { pieces })
    }

    /// The parts as parameters of a function.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = TokenStream> {
        self.parts().map(|(name, ty)| quote!(#name: &#ty))
    }

    /// An expression of type `String` that composes the key from the parameters.
    pub(crate) fn composition(&self) -> TokenStream {
        let steps = self.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => quote!(composed.push_str(#text);),
            Piece::Part(name, ty) => {
                quote!(<#ty as ::stanch_table::KeyPart>::append(#name, &mut composed);)
            }
        });
        quote!({
            let mut composed = ::std::string::String::new();
            #(#steps)*
            composed
        })
    }

    /// The fixed text before the first part.
    pub(crate) fn prefix(&self) -> &str {
        match self.pieces.first() {
            Some(Piece::Text(text)) => text,
            _ => "",
        }
    }

    fn parts(&self) -> impl Iterator<Item = (&Ident, &Type)> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Part(name, ty) => Some((name, ty.as_ref())),
            Piece::Text(_) => None,
        })
    }
}
