//! [`names!`] gives the kinds of something their names.

/// For an enum without fields: `ALL`, every kind in the order in which the command line and the page list them, and `name`,
/// the kind's name in weights files, on the command line and in the page, which is also how it is displayed.
macro_rules! names {
    ($type:ident { $($variant:ident = $name:literal,)+ }) => {
        impl $type {
            /// Every kind, in the order in which the command line and the page list them.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// The name in weights files, on the command line and in the page.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

pub(crate) use names;
