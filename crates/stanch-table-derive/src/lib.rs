//! `#[derive(Item)]` for `stanch-table`: from one struct it makes the public view, the typed attribute names, the
//! composition of its keys and the codec, and refuses at compile time what would let a key out.
//!
//! Used through `stanch_table::Item`; the attributes are described there.

mod declaration;
mod expansion;
mod template;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Declares a kind of item. See `stanch_table::Item` for the attributes and what is generated.
#[proc_macro_derive(Item, attributes(item, public, private, key))]
pub fn derive_item(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    declaration::Declaration::read(&input)
        .map(|declaration| expansion::expand(&declaration))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
