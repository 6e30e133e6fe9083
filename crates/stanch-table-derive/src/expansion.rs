use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::declaration::{Class, Declaration, Declared};

/// The whole output of the derive macro.
pub(crate) fn expand(declaration: &Declaration) -> TokenStream {
    let view = public_view(declaration);
    let keys = keys(declaration);
    let codec = codec(declaration);
    let checks = checks(declaration);
    quote!(#view #keys #codec #checks)
}

/// The struct of the public attributes, which may be serialised, and how it is read.
fn public_view(declaration: &Declaration) -> TokenStream {
    let Declaration { name, visibility, public_derives, .. } = declaration;
    let public = format_ident!("{name}Public");
    let fields = declaration
        .of(Class::Public)
        .map(|Declared { name, visibility, ty, documentation, .. }| quote!(#(#documentation)* #visibility #name: #ty));
    let names: Vec<_> = declaration.of(Class::Public).map(|declared| &declared.name).collect();
    let wire: Vec<_> = names.iter().map(ToString::to_string).collect();
    let documentation =
        format!("The public attributes of [`{name}`]: what a read brings when nothing more is asked for.");
    quote! {
        #[doc = #documentation]
        #[derive(Clone, Debug, ::stanch_table::derived::serde::Serialize #(, #public_derives)*)]
        #[serde(crate = "::stanch_table::derived::serde")]
        #visibility struct #public { #(#fields),* }

        impl ::stanch_table::View<#name> for #public {
            const ATTRIBUTES: &'static [&'static str] = &[#(#wire),*];
            fn read(stored: &::stanch_table::derived::Stored) -> ::std::result::Result<Self, ::stanch_table::Malformed> {
                ::std::result::Result::Ok(Self { #(#names: stored.take(#wire)?),* })
            }
        }
    }
}

/// Typed attribute names and the functions that compose the key.
fn keys(declaration: &Declaration) -> TokenStream {
    let Declaration { name, visibility, partition, sort, .. } = declaration;
    let constants = declaration.attributes.iter().map(|Declared { name: field, ty, class, visibility, .. }| {
        let constant = format_ident!("{}", field.to_string().to_uppercase(), span = field.span());
        let wire = field.to_string();
        let (class, value) = match class {
            Class::Public => (quote!(PublicClass), quote!(#ty)),
            Class::Private => (quote!(PrivateClass), quote!(<#ty as ::stanch_table::PrivateField>::Inner)),
            Class::Key => (quote!(KeyClass), quote!(#ty)),
        };
        let documentation = format!("The attribute `{wire}`.");
        quote! {
            #[doc = #documentation]
            #[allow(dead_code, reason = "a name is made for every attribute, used or not")]
            #visibility const #constant: ::stanch_table::Attribute<#name, ::stanch_table::#class, #value> =
                ::stanch_table::Attribute::declared(#wire);
        }
    });
    let mut parameters: Vec<_> = partition.parameters().collect();
    let partition_parameters = parameters.clone();
    for parameter in sort.parameters() {
        // A part that stands in both keys is one parameter.
        if !parameters.iter().any(|known| known.to_string() == parameter.to_string()) {
            parameters.push(parameter);
        }
    }
    let (compose_partition, compose_sort, prefix) = (partition.composition(), sort.composition(), sort.prefix());
    quote! {
        impl #name {
            #(#constants)*

            /// The key of one item.
            #visibility fn key(#(#parameters),*) -> ::stanch_table::ItemKey<Self> {
                ::stanch_table::ItemKey::composed(#compose_partition, #compose_sort)
            }

            /// All items of this kind under one partition key.
            #[allow(dead_code, reason = "not every kind of item is listed")]
            #visibility fn partition(#(#partition_parameters),*) -> ::stanch_table::Partition<Self> {
                ::stanch_table::Partition::composed(#compose_partition, #prefix)
            }
        }
    }
}

/// Reading and writing of the whole item, and a `Debug` that shows public attributes only.
fn codec(declaration: &Declaration) -> TokenStream {
    let Declaration { name, attributes, .. } = declaration;
    let public = format_ident!("{name}Public");
    let names: Vec<_> = attributes.iter().map(|declared| &declared.name).collect();
    let wire: Vec<_> = names.iter().map(ToString::to_string).collect();
    let shown = attributes.iter().map(|declared| {
        let (field, wire) = (&declared.name, declared.name.to_string());
        match declared.class {
            Class::Public => quote!(.field(#wire, &self.#field)),
            Class::Private | Class::Key => quote!(.field(#wire, &::stanch_table::derived::MASK)),
        }
    });
    let text = name.to_string();
    quote! {
        impl ::stanch_table::Item for #name {
            type Public = #public;
            fn write(&self, stored: &mut ::stanch_table::derived::Stored) {
                #(stored.put(#wire, &self.#names);)*
            }
        }

        impl ::stanch_table::View<#name> for #name {
            const ATTRIBUTES: &'static [&'static str] = &[#(#wire),*];
            fn read(stored: &::stanch_table::derived::Stored) -> ::std::result::Result<Self, ::stanch_table::Malformed> {
                ::std::result::Result::Ok(Self { #(#names: stored.take(#wire)?),* })
            }
        }

        impl ::std::fmt::Debug for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(#text)#(#shown)*.finish()
            }
        }
    }
}

/// What must not compile: a key that is no `Secret` or `Digest`, a private attribute that is not wrapped, a whole item
/// that can be serialised.
fn checks(declaration: &Declaration) -> TokenStream {
    let name = &declaration.name;
    let keys = declaration.of(Class::Key).map(|declared| &declared.ty);
    let privates = declaration.of(Class::Private).map(|declared| &declared.ty);
    quote! {
        const _: () = {
            #(::stanch_table::derived::assert_key::<#keys>();)*
            #(::stanch_table::derived::assert_private::<#privates>();)*
            // With `Serialize` both implementations fit, and the choice between them does not compile.
            trait WholeItemIsNeverSerialised<Marker> { const HOLDS: () = (); }
            struct Serialisable;
            impl<T: ?Sized> WholeItemIsNeverSerialised<()> for T {}
            impl<T: ?Sized + ::stanch_table::derived::serde::Serialize> WholeItemIsNeverSerialised<Serialisable> for T {}
            <#name as WholeItemIsNeverSerialised<_>>::HOLDS
        };
    }
}
