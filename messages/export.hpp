#pragma once

/// Marks a namespace block whose functions and classes are for programs outside
/// of this library; all else is hidden in a shared build.
#define DW_EXPORT [[gnu::visibility("default")]]
