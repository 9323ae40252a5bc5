#include "transports/image_reference.hpp"
