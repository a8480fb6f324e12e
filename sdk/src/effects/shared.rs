//! The builder methods that several kinds of effect share, as macros for their `impl` blocks.

/// `because`: the reason and the evidence.
macro_rules! because {
    () => {
        /// Sets the reason and the interactions that support it. See [`Because::new`](crate::Because::new).
        pub fn because<I: Into<crate::InteractionId>>(
            mut self,
            reason: impl Into<String>,
            evidence: impl IntoIterator<Item = I>,
        ) -> Self {
            self.because = crate::Because::new(reason, evidence);
            self
        }
    };
}

/// `body`: the text.
macro_rules! body {
    ($meaning:literal) => {
        #[doc = $meaning]
        pub fn body(mut self, body: impl Into<String>) -> Self {
            self.body = body.into();
            self
        }
    };
}

/// `expires`: the end of its use.
macro_rules! expires {
    ($meaning:literal) => {
        #[doc = $meaning]
        pub fn expires(mut self, at: crate::Instant) -> Self {
            self.expires = Some(at);
            self
        }
    };
}

pub(super) use {because, body, expires};
