#include "main/configuration.hpp"
