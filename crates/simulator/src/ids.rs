//! Identifiers that look like AWS's and are the same in every run.

const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Hands out identifiers. The sequence is fixed: a test that fails once fails every time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    drawn: u64,
}

impl Ids {
    /// For events: far from all others, so that no two things get one id.
    pub(crate) fn of_events() -> Self {
        Self { drawn: 1 << 48 }
    }

    /// As in `NCWGC2ZR-taawPAYrIaU5`.
    pub(crate) fn service_deployment(&mut self) -> String {
        self.url_safe(21)
    }

    /// As in `ecs-pause-Xk7rT2mP9sLwQn4vB8fYd3hJ6gA1cE5iO0uR_ZpWq`.
    pub(crate) fn pause_hook(&mut self) -> String {
        format!("ecs-pause-{}", self.url_safe(41))
    }

    /// Nineteen digits; AWS's may begin with a zero, and so may these.
    pub(crate) fn service_revision(&mut self) -> String {
        format!("{:019}", self.draw() >> 1)
    }

    /// A UUID, as in request ids and the ids of service events.
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.draw(), self.draw());
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        )
    }

    fn url_safe(&mut self, length: usize) -> String {
        let mut bits = 0;
        (0..length)
            .map(|position| {
                if position % 10 == 0 {
                    bits = self.draw();
                }
                let letter = URL_SAFE[usize::from(bits.to_le_bytes()[0] & 63)];
                bits >>= 6;
                char::from(letter)
            })
            .collect()
    }

    fn draw(&mut self) -> u64 {
        self.drawn += 1;
        scatter(self.drawn)
    }
}

/// `SplitMix64`'s finalizer: neighbouring numbers become unrelated ones.
pub(crate) fn scatter(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

/// A number that stands for a text, the same in every run (`std`'s hasher promises no such thing).
pub(crate) fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| scatter(sum ^ u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_aws_s_length_and_differ() {
        let mut ids = Ids::default();
        assert_eq!(ids.service_deployment().len(), 21);
        assert_eq!(ids.service_revision().len(), 19);
        assert_eq!(ids.uuid().len(), 36);
        assert_ne!(ids.service_deployment(), ids.service_deployment());
    }
}
