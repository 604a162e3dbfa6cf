//! Options of attributes: `key = value, flag, …`.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::{Ident, LitBool, LitInt, LitStr, Path, Token};

use crate::errors::Errors;
use crate::messages::attribute as messages;

/// One option: its key, and a value that is read by the one who knows its type.
pub(crate) struct Entry<'a> {
    pub(crate) key: Ident,
    pub(crate) has_value: bool,
    input: ParseStream<'a>,
}

/// The option `crate`: the path of foster.
#[derive(Default)]
pub(crate) struct Crate(Option<Path>);

impl Crate {
    /// The path; the default one, at a place in the user's code.
    pub(crate) fn at(&self, span: Span) -> TokenStream {
        self.0.as_ref().map_or_else(|| quote_spanned!(span=> ::foster), Path::to_token_stream)
    }
}

/// Reads options one by one. What is wrong with each is noted, and the others count.
pub(crate) fn read(
    options: TokenStream,
    known: &[&str],
    errors: &mut Errors,
    mut option: impl FnMut(Entry<'_>) -> syn::Result<()>,
) {
    let entries = |input: ParseStream<'_>| {
        let mut seen = Vec::new();
        while !input.is_empty() {
            let read = entry(input, known, &mut seen, &mut option).and_then(|()| comma(input));
            if let Err(error) = read {
                errors.add(error);
                skip(input);
            }
            let _: Option<Token![,]> = input.parse()?;
        }
        Ok(())
    };
    if let Err(error) = entries.parse2(options) {
        errors.add(error);
    }
}

fn entry(
    input: ParseStream<'_>,
    known: &[&str],
    seen: &mut Vec<Ident>,
    option: &mut impl FnMut(Entry<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    let key: Ident = Ident::parse_any(input)
        .map_err(|error| syn::Error::new(error.span(), messages::no_option(known)))?;
    let has_value = input.parse::<Option<Token![=]>>()?.is_some();
    if seen.contains(&key) && known.iter().any(|known| key == known) {
        return Err(syn::Error::new(key.span(), messages::set_twice(&key)));
    }
    seen.push(key.clone());
    option(Entry { key, has_value, input })
}

/// What follows an option, unless it was the last.
fn comma(input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(());
    }
    Err(syn::Error::new(input.span(), messages::NO_COMMA))
}

/// Skips what is left of an option.
fn skip(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}

impl Entry<'_> {
    pub(crate) fn unknown(&self, known: &[&str]) -> syn::Error {
        self.error(messages::unknown_option(&self.key, known))
    }

    /// An error about the option as a whole.
    pub(crate) fn error(&self, text: impl std::fmt::Display) -> syn::Error {
        syn::Error::new(self.key.span(), text)
    }

    pub(crate) fn string(&self) -> syn::Result<LitStr> {
        self.value("\"…\"", messages::no_string(&self.key))
    }

    pub(crate) fn krate(&self) -> syn::Result<Crate> {
        self.needs_value("::foster")?;
        let no_path =
            |error: syn::Error| syn::Error::new(error.span(), messages::no_path(&self.key));
        self.input.call(Path::parse_mod_style).map_err(no_path).map(|path| Crate(Some(path)))
    }

    /// `flag`, or `flag = true`.
    pub(crate) fn flag(&self) -> syn::Result<bool> {
        if !self.has_value {
            return Ok(true);
        }
        self.value::<LitBool>("true", messages::no_bool(&self.key)).map(|flag| flag.value)
    }

    /// A runtime's flavor; whether it has worker threads.
    pub(crate) fn flavor(&self) -> syn::Result<bool> {
        let flavor = self.string()?;
        match flavor.value().as_str() {
            "current_thread" => Ok(false),
            "multi_thread" => Ok(true),
            other => Err(syn::Error::new(flavor.span(), messages::unknown_flavor(other))),
        }
    }

    /// An integer that is not 0.
    pub(crate) fn count(&self) -> syn::Result<usize> {
        let count: LitInt = self.value("2", messages::no_integer(&self.key))?;
        match count.base10_parse()? {
            0 => Err(syn::Error::new(count.span(), messages::zero(&self.key))),
            count => Ok(count),
        }
    }

    /// A time with its unit, such as `"5s"`, in milliseconds.
    pub(crate) fn time(&self) -> syn::Result<u64> {
        let text: LitStr = self.value("\"5s\"", messages::no_time_literal(&self.key))?;
        let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
        let time = text.value();
        let parsed = units.iter().find_map(|(unit, milliseconds): &(&str, u64)| {
            let number: u64 = time.strip_suffix(unit)?.trim_end().parse().ok()?;
            number.checked_mul(*milliseconds)
        });
        parsed.ok_or_else(|| syn::Error::new(text.span(), messages::no_time(&self.key, &time)))
    }

    fn value<T: Parse>(&self, example: &str, expected: String) -> syn::Result<T> {
        self.needs_value(example)?;
        self.input.parse().map_err(|error: syn::Error| syn::Error::new(error.span(), expected))
    }

    fn needs_value(&self, example: &str) -> syn::Result<()> {
        if self.has_value && !self.input.is_empty() {
            return Ok(());
        }
        Err(self.error(messages::no_value(&self.key, example)))
    }
}
