use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, Field, Fields, Ident, LitStr, Path, Result, Token, Type, Visibility,
};

use crate::template::Template;

/// A struct under `#[derive(Item)]`, read and checked.
pub(crate) struct Declaration {
    pub(crate) name: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) partition: Template,
    pub(crate) sort: Template,
    /// Further derives of the public view: `#[item(public_derive(ToSchema))]`.
    pub(crate) public_derives: Vec<Path>,
    pub(crate) attributes: Vec<Declared>,
}

/// One field, which is one attribute of the item.
pub(crate) struct Declared {
    pub(crate) name: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) ty: Type,
    pub(crate) class: Class,
    pub(crate) documentation: Vec<Attribute>,
}

/// Who may see an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Public,
    Private,
    Key,
}

impl Declaration {
    /// Reads the struct.
    ///
    /// # Errors
    /// When it is no struct with named fields, when a key template is missing or a field does not say its class.
    pub(crate) fn read(input: &DeriveInput) -> Result<Self> {
        let Data::Struct(data) = &input.data else {
            return Err(Error::new(input.span(), "an item is a struct with named fields"));
        };
        let Fields::Named(fields) = &data.fields else {
            return Err(Error::new(input.span(), "an item is a struct with named fields"));
        };
        if !input.generics.params.is_empty() {
            return Err(Error::new(input.generics.span(), "an item has no type parameters"));
        }
        let (mut partition, mut sort, mut public_derives) = (None, None, Vec::new());
        for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("item")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("partition") {
                    partition = Some(Template::read(&meta.value()?.parse::<LitStr>()?)?);
                } else if meta.path.is_ident("sort") {
                    sort = Some(Template::read(&meta.value()?.parse::<LitStr>()?)?);
                } else if meta.path.is_ident("public_derive") {
                    let content;
                    syn::parenthesized!(content in meta.input);
                    public_derives.extend(Punctuated::<Path, Token![,]>::parse_terminated(&content)?);
                } else {
                    return Err(meta.error("known are `partition`, `sort` and `public_derive`"));
                }
                Ok(())
            })?;
        }
        let missing = |which: &str| Error::new(input.span(), format!("`#[item({which} = \"…\")]` is missing"));
        Ok(Self {
            name: input.ident.clone(),
            visibility: input.vis.clone(),
            partition: partition.ok_or_else(|| missing("partition"))?,
            sort: sort.ok_or_else(|| missing("sort"))?,
            public_derives,
            attributes: fields.named.iter().map(Declared::read).collect::<Result<_>>()?,
        })
    }

    /// The attributes of one class.
    pub(crate) fn of(&self, class: Class) -> impl Iterator<Item = &Declared> {
        self.attributes.iter().filter(move |attribute| attribute.class == class)
    }
}

impl Declared {
    fn read(field: &Field) -> Result<Self> {
        let mut class = None;
        for (word, named) in [("public", Class::Public), ("private", Class::Private), ("key", Class::Key)] {
            for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident(word)) {
                attribute.meta.require_path_only()?;
                if class.replace(named).is_some() {
                    return Err(Error::new(attribute.span(), "an attribute has one class"));
                }
            }
        }
        let name = field.ident.clone().ok_or_else(|| Error::new(field.span(), "an attribute has a name"))?;
        if name == "pk" || name == "sk" {
            return Err(Error::new(
                name.span(),
                "`pk` and `sk` hold the composed key and are no attributes of an item",
            ));
        }
        Ok(Self {
            class: class.ok_or_else(|| Error::new(field.span(), "say `#[public]`, `#[private]` or `#[key]`"))?,
            name,
            visibility: field.vis.clone(),
            ty: field.ty.clone(),
            documentation: field.attrs.iter().filter(|attribute| is_documentation(attribute)).cloned().collect(),
        })
    }
}

fn is_documentation(attribute: &Attribute) -> bool {
    attribute.path().is_ident("doc")
        && attribute.meta.require_name_value().is_ok_and(|pair| matches!(pair.value, Expr::Lit(_)))
}
