//! [`Arguments`]: how the numbers that an operation is told travel.

use burn::backend::ir::ScalarIr;

use super::super::{AdamCoefficients, Gaussians, Geometry};
use crate::rng::Purpose;

/// What an operation is told beside its tensors, as a list of numbers. Each type writes and reads its numbers in one order.
pub trait Arguments: Sized {
    /// Adds the numbers to the list.
    fn write(self, to: &mut Vec<ScalarIr>);

    /// Takes the numbers from the list.
    ///
    /// # Panics
    /// If they are others than [`Arguments::write`] has written; the server ends the session then.
    fn read(from: &mut Numbers) -> Self;
}

/// The rest of a list of numbers.
pub type Numbers<'a> = std::slice::Iter<'a, ScalarIr>;

/// The next number of the list as an unsigned one.
fn unsigned(from: &mut Numbers) -> u64 {
    match from.next() {
        Some(ScalarIr::UInt(number)) => *number,
        other => panic!("an operation came with {other:?} in place of an unsigned number"),
    }
}

impl Arguments for () {
    fn write(self, _to: &mut Vec<ScalarIr>) {}

    fn read(_from: &mut Numbers) -> Self {}
}

impl Arguments for u64 {
    fn write(self, to: &mut Vec<ScalarIr>) {
        to.push(ScalarIr::UInt(self));
    }

    fn read(from: &mut Numbers) -> Self {
        unsigned(from)
    }
}

impl Arguments for u32 {
    fn write(self, to: &mut Vec<ScalarIr>) {
        u64::from(self).write(to);
    }

    fn read(from: &mut Numbers) -> Self {
        u32::try_from(unsigned(from)).expect("written from a number of 32 bits")
    }
}

impl Arguments for usize {
    fn write(self, to: &mut Vec<ScalarIr>) {
        (self as u64).write(to);
    }

    fn read(from: &mut Numbers) -> Self {
        usize::try_from(unsigned(from)).expect("written from a size")
    }
}

impl Arguments for bool {
    fn write(self, to: &mut Vec<ScalarIr>) {
        to.push(ScalarIr::Bool(self));
    }

    fn read(from: &mut Numbers) -> Self {
        match from.next() {
            Some(ScalarIr::Bool(flag)) => *flag,
            other => panic!("an operation came with {other:?} in place of a flag"),
        }
    }
}

impl Arguments for f64 {
    fn write(self, to: &mut Vec<ScalarIr>) {
        to.push(ScalarIr::Float(self));
    }

    fn read(from: &mut Numbers) -> Self {
        match from.next() {
            Some(ScalarIr::Float(number)) => *number,
            other => panic!("an operation came with {other:?} in place of a number"),
        }
    }
}

impl<T: Arguments, const N: usize> Arguments for [T; N] {
    fn write(self, to: &mut Vec<ScalarIr>) {
        for value in self {
            value.write(to);
        }
    }

    fn read(from: &mut Numbers) -> Self {
        std::array::from_fn(|_| T::read(from))
    }
}

impl<A: Arguments, B: Arguments> Arguments for (A, B) {
    fn write(self, to: &mut Vec<ScalarIr>) {
        self.0.write(to);
        self.1.write(to);
    }

    fn read(from: &mut Numbers) -> Self {
        (A::read(from), B::read(from))
    }
}

/// All geometries, in the order of their numbers.
const GEOMETRIES: [Geometry; 4] = [
    Geometry::Pointwise,
    Geometry::Same,
    Geometry::Halving,
    Geometry::Doubling,
];

impl Arguments for Geometry {
    fn write(self, to: &mut Vec<ScalarIr>) {
        let number = GEOMETRIES.iter().position(|&geometry| geometry == self);
        number.expect("all geometries are listed").write(to);
    }

    fn read(from: &mut Numbers) -> Self {
        GEOMETRIES[usize::read(from)]
    }
}

/// Writes and reads the fields of a struct in one order.
macro_rules! fields {
    ($of:ident { $($field:ident),* $(,)? }) => {
        impl Arguments for $of {
            fn write(self, to: &mut Vec<ScalarIr>) {
                let Self { $($field),* } = self;
                $($field.write(to);)*
            }

            fn read(from: &mut Numbers) -> Self {
                $(let $field = Arguments::read(from);)*
                Self { $($field),* }
            }
        }
    };
}

fields!(AdamCoefficients {
    beta1,
    beta2,
    max_norm,
    bias_correction2_sqrt,
    eps,
    decay_factor,
    step_size,
    ema_decay,
});

fields!(Gaussians {
    seed,
    purpose,
    first,
    used,
});

impl Arguments for Purpose {
    fn write(self, to: &mut Vec<ScalarIr>) {
        (self as u32).write(to);
    }

    fn read(from: &mut Numbers) -> Self {
        let number = u32::read(from);
        let purpose = Purpose::ALL
            .into_iter()
            .find(|&purpose| purpose as u32 == number);
        purpose.unwrap_or_else(|| panic!("an operation came with the unknown purpose {number}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read of what was written; nothing may be left over.
    fn there_and_back<T: Arguments>(value: T) -> T {
        let mut numbers = Vec::new();
        value.write(&mut numbers);
        let mut rest = numbers.iter();
        let read = T::read(&mut rest);
        assert!(rest.next().is_none(), "more was written than read");
        read
    }

    #[test]
    fn arguments_arrive_as_they_were_sent() {
        for geometry in GEOMETRIES {
            let sent = (geometry, [7_usize, 28]);
            assert_eq!(there_and_back(sent), sent);
        }
        for purpose in Purpose::ALL {
            let sent = Gaussians {
                // Not a number that a float holds.
                seed: u64::MAX - 1,
                purpose,
                first: 1 << 40,
                used: 6,
            };
            assert_eq!(
                there_and_back((sent, [1_usize, 2, 3, 4])),
                (sent, [1, 2, 3, 4])
            );
        }
        let sent = AdamCoefficients {
            beta1: 0.1,
            beta2: 0.2,
            max_norm: 0.3,
            bias_correction2_sqrt: 0.4,
            eps: 0.5,
            decay_factor: 0.6,
            step_size: 0.7,
            ema_decay: 0.8,
        };
        assert_eq!(there_and_back(sent), sent);
        assert_eq!(there_and_back((32_usize, true)), (32, true));
    }

    #[test]
    fn other_numbers_are_refused() {
        let numbers = [ScalarIr::Float(1.0)];
        assert!(std::panic::catch_unwind(|| usize::read(&mut numbers.iter())).is_err());
        assert!(std::panic::catch_unwind(|| bool::read(&mut [].iter())).is_err());
    }
}
