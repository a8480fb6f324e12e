/// Declares a plugin's settings: each with its meaning, its type, an optional range that the host
/// checks, and its default.
///
/// [`Context::settings`](crate::Context::settings) parses the type from JSON: missing settings have their
/// defaults, and unknown ones are refused. The plugin must depend on `serde` and `schemars`.
///
/// ```
/// regulars_sdk::settings! {
///     /// When it speaks up.
///     pub struct Settings {
///         /// It takes at least so many visits.
///         pub visits: u32[1..=60] = 12,
///         /// A label; empty for none.
///         pub tag: String = String::new(),
///     }
/// }
/// assert_eq!(Settings::default().visits, 12);
/// let settings: Settings = serde_json::from_str(r#"{"tag": "regular"}"#).unwrap();
/// assert_eq!((settings.visits, settings.tag.as_str()), (12, "regular"));
/// assert!(serde_json::from_str::<Settings>(r#"{"visit": 1}"#).is_err());
/// ```
#[macro_export]
macro_rules! settings {
    (
        $(#[$attribute:meta])*
        $access:vis struct $name:ident {
            $(
                $(#[$of_field:meta])*
                $field_access:vis $field:ident: $type:ty $([$min:literal..=$max:literal])? = $default:expr,
            )+
        }
    ) => {
        #[derive(Debug, Clone, ::serde::Serialize, ::serde::Deserialize, ::schemars::JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        $(#[$attribute])*
        $access struct $name {
            $(
                $(#[$of_field])*
                $(#[schemars(range(min = $min, max = $max))])?
                $field_access $field: $type,
            )+
        }

        impl ::std::default::Default for $name {
            fn default() -> Self {
                $name { $($field: $default,)+ }
            }
        }
    };
}
