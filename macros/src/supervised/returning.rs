//! What a function returns: its output, and its scope.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{
    Attribute, GenericArgument, Lifetime, PathArguments, ReturnType, Token, Type, TypeParamBound,
};

use crate::fragments::bare_type;
use crate::function::Function;
use crate::ident::{is, located_at};

/// The `E` of a `Result<T, E>` that visibly borrows.
pub(super) fn borrowed_error(output: &ReturnType) -> Option<&Type> {
    let ReturnType::Type(_, returns) = output else {
        return None;
    };
    let mut args = arguments(returns, Some("Result"))?;
    let Some(GenericArgument::Type(error)) = args.nth(1) else {
        return None;
    };
    borrows(error).then_some(error)
}

fn borrows(ty: &Type) -> bool {
    let is_short = |lifetime: &Lifetime| lifetime.ident != "static";
    match bare_type(ty) {
        Type::Reference(reference) => reference.lifetime.as_ref().is_none_or(is_short),
        Type::TraitObject(object) => object
            .bounds
            .iter()
            .any(|bound| matches!(bound, TypeParamBound::Lifetime(bound) if is_short(bound))),
        other => arguments(other, None).is_some_and(|mut args| {
            args.any(|arg| match arg {
                GenericArgument::Lifetime(arg) => is_short(arg),
                GenericArgument::Type(arg) => borrows(arg),
                _ => false,
            })
        }),
    }
}

/// The generic arguments of a type, if it is called `name`.
fn arguments<'a>(
    ty: &'a Type,
    name: Option<&str>,
) -> Option<impl Iterator<Item = &'a GenericArgument>> {
    let Type::Path(path) = bare_type(ty) else {
        return None;
    };
    let last = path.path.segments.last()?;
    match &last.arguments {
        PathArguments::AngleBracketed(args) if name.is_none_or(|name| is(&last.ident, name)) => {
            Some(args.args.iter())
        }
        _ => None,
    }
}

// Input:   async fn f() -> Ret
// Output:  fn f() -> impl ::core::future::Future<Output = Ret> { scope }
//
// An `async fn` around the scope would be a second state machine, and a third more to compile.
// It stays one for those who look for the `async` after this.
pub(super) fn scope(mut function: Function, scope: &TokenStream, is_nameable: bool) -> TokenStream {
    let sig = &mut function.sig;
    let Some(asyncness) = sig.asyncness else {
        return function.with_body(scope);
    };
    let at = located_at(asyncness.span);
    if !is_nameable || is_never(&sig.output) || !function.attrs.iter().all(is_for_rustc) {
        return function.with_body(&quote_spanned!(at=> #scope.await));
    }
    let output = match &sig.output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, returns) => quote!(#returns),
    };
    sig.asyncness = None;
    // The spans have this crate's edition, and so `impl` captures all lifetimes, in all editions.
    let future = quote_spanned!(at=> impl ::core::future::Future<Output = #output>);
    sig.output = ReturnType::Type(Token![->](at), Box::new(Type::Verbatim(future)));
    function.with_body(scope)
}

/// `!` is a type only where a function returns it.
fn is_never(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, returns) if matches!(bare_type(returns), Type::Never(_)))
}

/// What means the same on either function. All others may be macros, such as
/// `#[tracing::instrument]`.
const FOR_RUSTC: [&str; 10] =
    ["allow", "cfg", "cold", "deny", "deprecated", "doc", "expect", "forbid", "inline", "warn"];

fn is_for_rustc(attr: &Attribute) -> bool {
    FOR_RUSTC.iter().any(|name| attr.path().is_ident(name))
}
