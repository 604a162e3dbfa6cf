//! The options of `#[foster::main]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Ident, LitInt, LitStr, Path, Token};

/// Parsed options; what is not given is `None` and left to the defaults.
pub(crate) struct Options {
    multi_thread: Option<bool>,
    worker_threads: Option<usize>,
    /// In milliseconds, as the next.
    grace: Option<u64>,
    cancel_within: Option<u64>,
    pub(crate) krate: Path,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            multi_thread: None,
            worker_threads: None,
            grace: None,
            cancel_within: None,
            krate: syn::parse_quote!(::foster),
        }
    }
}

impl Options {
    /// Parses `key = value, …`; all errors come out as one.
    pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self::default();
        let mut seen = Vec::<Ident>::new();
        let mut errors: Option<syn::Error> = None;
        while !input.is_empty() {
            let key = input.call(Ident::parse_any)?;
            let _: Token![=] = input.parse()?;
            let read = if seen.contains(&key) {
                skip(input);
                Err(syn::Error::new(key.span(), format!("`{key}` is set twice")))
            } else {
                options.read(&key, input)
            };
            if let Err(error) = read {
                skip(input);
                match &mut errors {
                    Some(errors) => errors.combine(error),
                    None => errors = Some(error),
                }
            }
            seen.push(key);
            if !input.is_empty() {
                let _: Token![,] = input.parse()?;
            }
        }
        errors.map_or(Ok(options), Err)
    }

    fn read(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match key.to_string().as_str() {
            "cancel_within" => self.cancel_within = Some(duration(key, input)?),
            "crate" => self.krate = input.call(Path::parse_mod_style)?,
            "flavor" => {
                let flavor: LitStr = value(input, "expected a string literal for `flavor`")?;
                self.multi_thread = Some(match flavor.value().as_str() {
                    "current_thread" => false,
                    "multi_thread" => true,
                    other => {
                        let text = format!(
                            "unknown flavor `{other}`\nhelp: expected one of `current_thread`, `multi_thread`"
                        );
                        return Err(syn::Error::new(flavor.span(), text));
                    }
                });
            }
            "grace" => self.grace = Some(duration(key, input)?),
            "worker_threads" => {
                let threads: LitInt = value(input, "expected an integer for `worker_threads`")?;
                self.worker_threads = match threads.base10_parse()? {
                    0 => {
                        return Err(syn::Error::new(
                            threads.span(),
                            "`worker_threads` cannot be 0",
                        ));
                    }
                    threads => Some(threads),
                };
            }
            other => {
                let text = format!(
                    "unknown option `{other}`\nhelp: expected one of `cancel_within`, `crate`, `flavor`, `grace`, `worker_threads`"
                );
                return Err(syn::Error::new(key.span(), text));
            }
        }
        Ok(())
    }

    pub(crate) fn config(&self) -> TokenStream {
        let krate = &self.krate;
        let multi_thread = self.multi_thread.unwrap_or(true);
        let worker_threads = self.worker_threads.map_or_else(
            || quote!(::core::option::Option::None),
            |threads| quote!(::core::option::Option::Some(#threads)),
        );
        let grace = self.grace.unwrap_or(5_000);
        let cancel_within = self.cancel_within.unwrap_or(30_000);
        quote! {
            #krate::__private::Config {
                multi_thread: #multi_thread,
                worker_threads: #worker_threads,
                grace: ::core::time::Duration::from_millis(#grace),
                cancel_within: ::core::time::Duration::from_millis(#cancel_within),
            }
        }
    }
}

/// Skips what is left of a value.
fn skip(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.parse::<proc_macro2::TokenTree>().is_err() {
            return;
        }
    }
}

fn value<T: syn::parse::Parse>(input: ParseStream<'_>, expected: &str) -> syn::Result<T> {
    input.parse().map_err(|error| syn::Error::new(error.span(), expected))
}

/// A time with its unit, such as `"5s"`, in milliseconds.
fn duration(key: &Ident, input: ParseStream<'_>) -> syn::Result<u64> {
    let help = "help: write it with a unit, such as `\"5s\"`";
    let text: LitStr = value(input, &format!("expected a string literal for `{key}`\n{help}"))?;
    let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
    let time = text.value();
    let parsed = units.iter().find_map(|(unit, milliseconds): &(&str, u64)| {
        let number: u64 = time.strip_suffix(unit)?.trim_end().parse().ok()?;
        number.checked_mul(*milliseconds)
    });
    parsed.ok_or_else(|| {
        let headline = format!("expected a time for `{key}`, found `{time}`");
        syn::Error::new(
            text.span(),
            format!("{headline}\nhelp: write it with a unit: `ms`, `s`, `m` or `h`"),
        )
    })
}
