//! Keys: their names, signatures and scales.

/// A key as ABC names it: `C`, `C#m`, `Bb`.
pub(crate) struct Key {
    /// Place of the tonic's letter in the circle of fifths, F first.
    letter: i32,
    /// -1 for flat, 1 for sharp.
    sign: i32,
    minor: bool,
}

/// Sharps come in this order, flats from its end.
const FIFTHS: &str = "FCGDAEB";

impl Key {
    pub(crate) fn read(name: &str) -> Self {
        let tonic = name.strip_suffix('m').unwrap_or(name);
        let sign = match &tonic[1..] {
            "" => 0,
            "#" => 1,
            "b" => -1,
            _ => panic!("not a key: {name}"),
        };
        Self { letter: FIFTHS.find(&tonic[..1]).expect(name) as i32, sign, minor: name.ends_with('m') }
    }

    /// "C sharp minor".
    pub(crate) fn name(&self) -> String {
        let letter = &FIFTHS[self.letter as usize..][..1];
        let sign = [" flat", "", " sharp"][(self.sign + 1) as usize];
        format!("{letter}{sign} {}", if self.minor { "minor" } else { "major" })
    }

    /// Semitones by which the signature alters a letter.
    pub(crate) fn alteration(&self, letter: char) -> i32 {
        let place = FIFTHS.find(letter.to_ascii_uppercase()).expect("a letter of a note") as i32;
        i32::from(place < self.sharps()) - i32::from(6 - place < -self.sharps())
    }

    /// The pitch class of the key note, 0 for C.
    pub(crate) fn tonic(&self) -> usize {
        (7 * (self.letter + 7 * self.sign - 1)).rem_euclid(12) as usize
    }

    /// The pitch classes of the signature, from those of the key note's scale: natural minor, or major.
    pub(crate) fn scale(&self) -> [usize; 7] {
        let steps = if self.minor { [0, 2, 3, 5, 7, 8, 10] } else { [0, 2, 4, 5, 7, 9, 11] };
        steps.map(|step| (self.tonic() + step) % 12)
    }

    /// Sharps in the signature, flats below zero.
    fn sharps(&self) -> i32 {
        self.letter - 1 + 7 * self.sign - if self.minor { 3 } else { 0 }
    }
}
