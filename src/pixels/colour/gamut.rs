//! Primaries: which colours pure red, green and blue are, and the way to those of sRGB (Recommendation ITU-T H.273).

/// A matrix, row by row.
type Matrix3 = [[f64; 3]; 3];

/// The colours of red, green, blue and white.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gamut {
    /// sRGB and BT.709. Those of standard definition (BT.601) are taken for these, as players do: skin differs by less than it does
    /// from camera to camera.
    Srgb,
    /// BT.2020 and BT.2100.
    Bt2020,
    /// P3 with the white of daylight (SMPTE EG 432-1): phones, Apple's displays.
    DisplayP3,
    /// P3 with the white of cinemas (SMPTE RP 431-2).
    DciP3,
    /// Film with Illuminant C.
    Film,
}

/// Daylight, the white of sRGB.
const D65: [f64; 2] = [0.3127, 0.3290];

impl Gamut {
    /// The primaries with this code point of ITU-T H.273; `None` for those that are not converted here.
    pub fn of_code(code: u8) -> Option<Gamut> {
        match code {
            1 | 2 | 5..=7 | 22 => Some(Gamut::Srgb),
            8 => Some(Gamut::Film),
            9 => Some(Gamut::Bt2020),
            11 => Some(Gamut::DciP3),
            12 => Some(Gamut::DisplayP3),
            _ => None,
        }
    }

    /// Words for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Gamut::Srgb => "BT.709",
            Gamut::Bt2020 => "BT.2020",
            Gamut::DisplayP3 => "Display P3",
            Gamut::DciP3 => "DCI-P3",
            Gamut::Film => "film",
        }
    }

    /// Chromaticities of red, green, blue and white.
    fn chromaticities(self) -> [[f64; 2]; 4] {
        match self {
            Gamut::Srgb => [[0.64, 0.33], [0.30, 0.60], [0.15, 0.06], D65],
            Gamut::Bt2020 => [[0.708, 0.292], [0.170, 0.797], [0.131, 0.046], D65],
            Gamut::DisplayP3 => [[0.680, 0.320], [0.265, 0.690], [0.150, 0.060], D65],
            Gamut::DciP3 => [[0.680, 0.320], [0.265, 0.690], [0.150, 0.060], [0.314, 0.351]],
            Gamut::Film => [[0.681, 0.319], [0.243, 0.692], [0.145, 0.049], [0.310, 0.316]],
        }
    }

    /// From light in these primaries to light in those of sRGB; white stays white.
    pub(super) fn to_srgb(self) -> [[f32; 3]; 3] {
        let [.., white] = self.chromaticities();
        let own = product(&adapted(white, D65), &to_xyz(self.chromaticities()));
        product(&inverse(to_xyz(Gamut::Srgb.chromaticities())), &own).map(|row| row.map(|cell| cell as f32))
    }

    /// The weights of red, green and blue in luminance.
    pub(super) fn luminance(self) -> [f32; 3] {
        let [_, luminance, _] = to_xyz(self.chromaticities());
        luminance.map(|weight| weight as f32)
    }
}

/// From light of such primaries to CIE XYZ, white of a luminance of 1.
fn to_xyz([red, green, blue, white]: [[f64; 2]; 4]) -> Matrix3 {
    let columns = transposed([xyz(red), xyz(green), xyz(blue)]);
    let shares = applied(&inverse(columns), xyz(white));
    columns.map(|row| [row[0] * shares[0], row[1] * shares[1], row[2] * shares[2]])
}

/// A colour of a luminance of 1.
fn xyz([x, y]: [f64; 2]) -> [f64; 3] {
    [x / y, 1.0, (1.0 - x - y) / y]
}

/// What turns one white into another as the eye does (Bradford).
fn adapted(from: [f64; 2], to: [f64; 2]) -> Matrix3 {
    const CONES: Matrix3 = [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]];
    let (from, to) = (applied(&CONES, xyz(from)), applied(&CONES, xyz(to)));
    let scaled = [0, 1, 2].map(|row| CONES[row].map(|cell| cell * to[row] / from[row]));
    product(&inverse(CONES), &scaled)
}

fn applied(matrix: &Matrix3, [x, y, z]: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row[0] * x + row[1] * y + row[2] * z)
}

fn product(left: &Matrix3, right: &Matrix3) -> Matrix3 {
    transposed(transposed(*right).map(|column| applied(left, column)))
}

fn transposed(matrix: Matrix3) -> Matrix3 {
    [0, 1, 2].map(|row| matrix.map(|line| line[row]))
}

pub(super) fn inverse(matrix: Matrix3) -> Matrix3 {
    let cell = |row: usize, column: usize| matrix[row % 3][column % 3];
    let minor = |row: usize, column: usize| {
        cell(row + 1, column + 1) * cell(row + 2, column + 2) - cell(row + 1, column + 2) * cell(row + 2, column + 1)
    };
    let determinant: f64 = (0..3).map(|column| cell(0, column) * minor(0, column)).sum();
    [0, 1, 2].map(|row| [0, 1, 2].map(|column| minor(column, row) / determinant))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: [[f32; 3]; 3], wanted: [[f32; 3]; 3]) {
        let pairs = found.iter().flatten().zip(wanted.iter().flatten());
        assert!(pairs.clone().all(|(a, b)| (a - b).abs() < 2e-4), "{found:?} is not {wanted:?}");
    }

    #[test]
    fn matrices_are_the_published_ones() {
        near(Gamut::Srgb.to_srgb(), [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
        // Report ITU-R BT.2407.
        let bt2020 = [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]];
        near(Gamut::Bt2020.to_srgb(), bt2020);
        let display_p3 = [[1.2249, -0.2249, 0.0], [-0.0420, 1.0420, 0.0], [-0.0196, -0.0786, 1.0983]];
        near(Gamut::DisplayP3.to_srgb(), display_p3);
    }

    #[test]
    fn white_stays_white_and_luminance_is_that_of_the_standards() {
        for gamut in [Gamut::Bt2020, Gamut::DisplayP3, Gamut::DciP3, Gamut::Film] {
            let white = gamut.to_srgb().map(|row| row.iter().sum::<f32>());
            assert!(white.iter().all(|light| (light - 1.0).abs() < 1e-5), "{gamut:?}: {white:?}");
        }
        let [red, green, blue] = Gamut::Bt2020.luminance();
        assert!((red - 0.2627).abs() < 1e-4 && (green - 0.6780).abs() < 1e-4 && (blue - 0.0593).abs() < 1e-4);
    }
}
